import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './client.ts';

export interface Outcome {
  readonly atMs: number;
  /** Undefined when the connection failed. */
  readonly answer?: Answer;
  readonly fault?: string;
}

export interface Load {
  /** What `atMs` of its outcomes counts from, on the clock of `performance`. */
  readonly startMs: number;
  /** Stops sending, waits for what is under way, gives every outcome in the order of sending. */
  stop(): Promise<readonly Outcome[]>;
  /** Outcomes so far. */
  readonly outcomes: readonly Outcome[];
}

/** Open-loop load: sends at a fixed rate whatever the answers do, records each, never retries. Ends by itself. */
export function startLoad(
  send: () => Promise<Answer>,
  { perSecond, limitMs }: { perSecond: number; limitMs: number },
): Load {
  const outcomes: Outcome[] = [];
  const underWay = new Set<Promise<void>>();
  const startMs = performance.now();
  const stopping = new AbortController();

  const one = async (): Promise<void> => {
    const atMs = performance.now() - startMs;
    try {
      outcomes.push({ atMs, answer: await send() });
    } catch (error) {
      outcomes.push({ atMs, fault: error instanceof Error ? error.message : String(error) });
    }
  };
  const run = async (): Promise<void> => {
    for (let sent = 0; !stopping.signal.aborted && performance.now() - startMs < limitMs; sent += 1) {
      const task = one().finally(() => underWay.delete(task));
      underWay.add(task);
      const nextMs = ((sent + 1) * 1_000) / perSecond - (performance.now() - startMs);
      if (nextMs > 0) await sleep(nextMs);
    }
  };
  const running = run();
  return {
    startMs,
    outcomes,
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(underWay);
      return outcomes;
    },
  };
}

/** What a client would call failed: no answer, or one that is not 2xx. */
export const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ atMs, answer, fault }) => {
    if (answer && answer.status >= 200 && answer.status < 300) return [];
    return [`at ${Math.round(atMs)} ms: ${fault ?? `${answer?.status} ${answer?.text.slice(0, 200)}`}`];
  });
