import { pause, type Random } from '../back-off.ts';
import type { Instance } from '../instance.ts';

export interface ProbeRounds {
  /** Begins to ask the suspects, round after round until there are none. Does nothing while it does so already. */
  begin(): void;
  /** True from the first `begin` until each suspect of that round has been judged. */
  isInFirst(): boolean;
}

export interface ProbeRoundsOptions {
  suspects: () => readonly Instance[];
  isItself: (instance: Instance) => Promise<boolean>;
  judge: (id: string, isItself: boolean) => void;
  /** After each round. */
  onRound: () => void;
  random: Random;
  signal: AbortSignal;
}

const PROBES_AT_ONCE = 16;
const PAUSE = { leastMs: 1_000, spreadMs: 1_000 };

async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  const worker = async (): Promise<void> => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(PROBES_AT_ONCE, all.length) }, worker));
}

export function createProbeRounds(options: ProbeRoundsOptions): ProbeRounds {
  const { suspects, isItself, judge, onRound, random, signal } = options;
  let isRunning = false;
  let first: 'to come' | 'running' | 'done' = 'to come';

  async function run(): Promise<void> {
    isRunning = true;
    if (first === 'to come') first = 'running';
    while (suspects().length > 0 && !signal.aborted) {
      await eachOf(suspects(), async (instance) => {
        const verdict = await isItself(instance);
        if (!signal.aborted) judge(instance.id, verdict);
      });
      first = 'done';
      onRound();
      // Spread, so that a whole fleet that doubts the same loss does not ask in step.
      await pause(PAUSE.leastMs + random() * PAUSE.spreadMs, signal);
    }
    isRunning = false;
  }

  return {
    begin() {
      if (!isRunning && suspects().length > 0) void run();
    },
    isInFirst: () => first === 'running',
  };
}
