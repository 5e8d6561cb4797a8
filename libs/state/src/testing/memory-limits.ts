import type { StateKeys } from '../keys.ts';
import { gcraRate, requireTakes, takeGcra } from '../limits/gcra.ts';
import type { Limits } from '../limits/limits.ts';

/** What has grown back is forgotten after so many takes. */
const TAKES_PER_SWEEP = 256;

/** For the tests of one process. @param nowMs Unix time */
export function memoryLimits(keys: StateKeys, nowMs: () => number): Limits {
  const moments = new Map<string, number>();
  let takes = 0;

  function sweep(nowUs: number): void {
    takes += 1;
    if (takes % TAKES_PER_SWEEP !== 0) return;
    for (const [key, fullUs] of moments) if (fullUs <= nowUs) moments.delete(key);
  }

  const takeAll: Limits['takeAll'] = async (wanted) => {
    const nowUs = nowMs() * 1_000;
    const held = requireTakes(wanted).map(({ key, rate }) => {
      const name = keys.limit(key);
      return { name, rate: gcraRate(rate), fullUs: moments.get(name) };
    });
    const answers = takeGcra(nowUs, held);
    sweep(nowUs);
    return answers.map(({ fullUs, ...allowance }, at) => {
      moments.set(held[at]!.name, fullUs);
      return allowance;
    });
  };
  return { takeAll, take: async (key, rate) => (await takeAll([{ key, rate }]))[0]! };
}
