import type { StateKeys } from '../keys.ts';
import type { Limits } from '../limits/limits.ts';
import { type Marks, requireTakes, takeWithin, withoutTake } from '../limits/sliding-window.ts';

interface Kept {
  readonly marks: Marks;
  /** When none of it counts any more. */
  readonly wholeMs: number;
}

/** What no longer counts is forgotten after so many takes. */
const TAKES_PER_SWEEP = 256;

/** For the tests of one process. @param nowMs Unix time */
export function memoryLimits(keys: StateKeys, nowMs: () => number): Limits {
  const kept = new Map<string, Kept>();
  let takes = 0;

  function sweep(): void {
    takes += 1;
    if (takes % TAKES_PER_SWEEP !== 0) return;
    for (const [key, { wholeMs }] of kept) if (wholeMs <= nowMs()) kept.delete(key);
  }

  const takeAll: Limits['takeAll'] = async (wanted) => {
    const held = requireTakes(wanted).map(({ key, rated, cost }) => {
      const name = keys.limit(key);
      return { name, rate: rated, cost, marks: kept.get(name)?.marks ?? new Map<number, number>() };
    });
    const answers = takeWithin(Math.floor(nowMs() * 1_000), held);
    sweep();
    return answers.map(({ marks, ...allowance }, at) => {
      kept.set(held[at]!.name, { marks, wholeMs: nowMs() + allowance.resetMs });
      return allowance;
    });
  };
  const refund: Limits['refund'] = async (given, allowances) => {
    for (const [at, { key, cost }] of requireTakes(given).entries()) {
      const [name, mark] = [keys.limit(key), allowances[at]?.mark];
      const before = kept.get(name);
      if (before === undefined || mark === undefined) continue;
      kept.set(name, { ...before, marks: withoutTake(before.marks, mark, cost) });
    }
  };
  return { takeAll, refund, take: async (key, rate, cost = 1) => (await takeAll([{ key, rate, cost }]))[0]! };
}
