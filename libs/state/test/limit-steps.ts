import { type WindowRate, windowRate } from '../src/limits/sliding-window.ts';
import type { Rate } from '../src/index.ts';

/** One step of a run: so much time passes, then one is taken from each of these keys. */
export interface LimitStep {
  readonly nowUs: number;
  readonly takes: readonly { readonly key: string; readonly rate: WindowRate; readonly cost: number }[];
}

const RATES: readonly Rate[] = [
  { count: 1, periodMs: 1_000 },
  { count: 7, periodMs: 1_000 },
  { count: 100, periodMs: 60_000 },
  { count: 21, periodMs: 1_000 },
  { count: 3, periodMs: 86_400_000 },
  { count: 10_000, periodMs: 1_000 },
];
const KEYS = ['a', 'b', 'c'];
const START_US = 1_800_000_000_000_000;

/** mulberry32: the same numbers from the same seed, everywhere. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A run over a few keys and rates, with times of every size between, now and then a clock that is set back and a rate that
 * changes. The same table for the algorithm, where its promises are checked, and for the script, which must answer the same.
 */
export function limitSteps(seed: number, length: number): readonly LimitStep[] {
  const random = seeded(seed);
  const below = (end: number): number => Math.floor(random() * end);
  let nowUs = START_US;
  return Array.from({ length }, () => {
    const size = 10 ** below(9);
    nowUs += random() < 0.03 ? -below(size) : random() < 0.5 ? 0 : below(size);
    const first = below(KEYS.length);
    const keys = random() < 0.7 ? [first] : [first, (first + 1) % KEYS.length];
    return {
      nowUs,
      takes: keys.map((at) => {
        const rate = windowRate(RATES[random() < 0.9 ? at : below(RATES.length)]!);
        return { key: KEYS[at]!, rate, cost: random() < 0.8 ? 1 : 1 + below(Math.min(rate.count, 40)) };
      }),
    };
  });
}
