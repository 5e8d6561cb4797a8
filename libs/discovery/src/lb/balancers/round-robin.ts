import type { Random } from '@nestfleet/timing';
import { weightOf, type Balancer, type Candidate } from './balancer.ts';

/**
 * roundRobin gives each its turn in order of id, and with different weights the smooth way: two turns of a heavy one have turns of others
 * between them. It keeps ids and not positions, so an instance that comes, goes or is excluded shifts no one's turn.
 * The beginning is random: gateways that start together must not run in step.
 */
export function roundRobin(random: Random): Balancer {
  let known: readonly Candidate[] = [];
  let isWeighted = false;
  let lastId: string | undefined;
  let lastAt = -1;
  /** What each has saved up towards its next turn, as long as `known`. */
  let credits: number[] = [];

  function update(candidates: readonly Candidate[]): void {
    const before = new Map(known.map(({ instance }, at) => [instance.id, credits[at]]));
    credits = candidates.map((each) => before.get(each.instance.id) ?? random() * weightOf(each));
    const [first] = candidates;
    isWeighted = first !== undefined && candidates.some((each) => weightOf(each) !== weightOf(first));
    known = candidates;
    lastAt = -1;
  }

  function nextInOrder(candidates: readonly Candidate[]): number {
    const last = lastId;
    if (lastAt >= 0) return (lastAt + 1) % candidates.length;
    if (last === undefined) return Math.floor(random() * candidates.length);
    return Math.max(
      0,
      candidates.findIndex(({ instance }) => instance.id > last),
    );
  }

  function nextByWeight(candidates: readonly Candidate[]): number {
    let [best, bestCredit, total] = [0, -Infinity, 0];
    for (const [at, candidate] of candidates.entries()) {
      const weight = weightOf(candidate);
      const credit = (credits[at] ?? 0) + weight;
      credits[at] = credit;
      total += weight;
      if (credit <= bestCredit) continue;
      best = at;
      bestCredit = credit;
    }
    credits[best] = bestCredit - total;
    return best;
  }

  return {
    pick(candidates) {
      if (candidates.length === 0) return undefined;
      if (candidates !== known) update(candidates);
      lastAt = isWeighted ? nextByWeight(candidates) : nextInOrder(candidates);
      const picked = candidates[lastAt];
      lastId = picked?.instance.id;
      return picked;
    },
  };
}
