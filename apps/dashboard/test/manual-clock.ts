import type { Clock } from '../src/browser/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on, running each timer at its moment and letting what it started settle before the next. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  pending(): number;
}

/** Enough turns for a chain of promises in the page; more would only hide an endless one. */
const TURNS = 40;

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}

/** Time stands still until a test moves it; chance is the same in each run. */
export function manualClock(startMs = 1_800_000_000_000, fixedRandom?: number): ManualClock {
  let nowMs = startMs;
  let seed = 7;
  let timers: { atMs: number; work: () => void }[] = [];

  return {
    nowMs: () => nowMs,
    random: () => {
      if (fixedRandom !== undefined) return fixedRandom;
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    },
    after: (delayMs, work) => {
      const timer = { atMs: nowMs + delayMs, work };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    pending: () => timers.length,
    advance: async (ms) => {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const due = timers.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined || due.atMs > endMs) break;
        timers = timers.filter((each) => each !== due);
        nowMs = due.atMs;
        due.work();
        await settle();
      }
      nowMs = endMs;
    },
  };
}
