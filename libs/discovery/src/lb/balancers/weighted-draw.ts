import type { Random } from '@nestfleet/timing';
import { weightOf, type Candidate } from './balancer.ts';

/** Draws positions in a list, each with a chance in proportion to its weight. */
export interface WeightedDraw {
  /** NaN-free only for a list that is not empty. */
  any(candidates: readonly Candidate[]): number;
  /** Another one than `first`; the list has at least two. */
  other(candidates: readonly Candidate[], first: number): number;
}

/** The first position whose sum is greater than `at`. */
function positionOf(sums: readonly number[], at: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function weightedDraw(random: Random): WeightedDraw {
  let known: readonly Candidate[] | undefined;
  /** Sum of the weights up to and with each position; undefined where all weigh the same. */
  let sums: readonly number[] | undefined;

  function sumsOf(candidates: readonly Candidate[]): readonly number[] | undefined {
    if (candidates === known) return sums;
    let total = 0;
    const made = candidates.map((candidate) => (total += weightOf(candidate)));
    sums = made.every((sum, at) => sum === (made[0] ?? 0) * (at + 1)) ? undefined : made;
    known = candidates;
    return sums;
  }

  return {
    any(candidates) {
      const weighted = sumsOf(candidates);
      if (weighted === undefined) return Math.floor(random() * candidates.length);
      return positionOf(weighted, random() * (weighted.at(-1) ?? 0));
    },
    other(candidates, first) {
      const weighted = sumsOf(candidates);
      const count = candidates.length;
      if (weighted === undefined) return (first + 1 + Math.floor(random() * (count - 1))) % count;
      // As if the first one's stretch were cut out of the line.
      const before = first === 0 ? 0 : (weighted[first - 1] ?? 0);
      const own = (weighted[first] ?? 0) - before;
      const at = random() * ((weighted[count - 1] ?? 0) - own);
      return positionOf(weighted, at < before ? at : at + own);
    },
  };
}
