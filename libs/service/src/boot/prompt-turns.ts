import { setTimeout as wait } from 'node:timers/promises';

export interface PromptTurnsOptions {
  /** @default performance.now */
  readonly nowMs?: () => number;
  /** Waits for so many milliseconds. @default the timer of Node */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** A turn that comes later than this is one of a process that has no processor. */
const LATE_MS = 30;
const TURN_MS = 10;
const TURNS = 5;
/** A machine that is always busy must serve too. */
const LONGEST_MS = 3_000;

/**
 * promptTurns resolves when the event loop has turned without delay five times in a row, after three seconds at the latest.
 * While several replicas start on one machine the first requests of each would wait for their turn, longer than they
 * may wait for Redis: until then the others serve. Answers the milliseconds that it took.
 */
export async function promptTurns({
  nowMs = () => performance.now(),
  pause = wait,
}: PromptTurnsOptions = {}): Promise<number> {
  const startMs = nowMs();
  for (let prompt = 0; prompt < TURNS && nowMs() - startMs < LONGEST_MS;) {
    const turnMs = nowMs();
    await pause(TURN_MS);
    prompt = nowMs() - turnMs - TURN_MS > LATE_MS ? 0 : prompt + 1;
  }
  return nowMs() - startMs;
}
