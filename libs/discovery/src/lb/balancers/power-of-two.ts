import type { Random } from '@nestfleet/timing';
import { weightOf, type Balancer, type Candidate } from './balancer.ts';
import { weightedDraw } from './weighted-draw.ts';

/**
 * Latencies within this factor are alike. Peaks of a healthy fleet stay within it, and what is compared strictly would
 * send everything to the one that has had no peak of late.
 */
const ALIKE_FACTOR = 3;

/**
 * Shares of unsuccessful answers that differ by more than this are of instances that do not do the same; of two that do,
 * the shares of their last answers are seen to differ by a third of it.
 */
const UNSUCCESSFUL_ALIKE = 0.15;

const loadOf = (candidate: Candidate): number => candidate.inFlight / weightOf(candidate);

/** True when the other is the better one; a tie goes to the first draw. Nobody is better by being quick to refuse. */
const isBetter = (other: Candidate, one: Candidate, nowMs: number): boolean =>
  other.unsuccessfulShare - one.unsuccessfulShare <= UNSUCCESSFUL_ALIKE && isOverSooner(other, one, nowMs);

function isOverSooner(other: Candidate, one: Candidate, nowMs: number): boolean {
  const [otherMs, oneMs] = [other.latencyMs(nowMs), one.latencyMs(nowMs)];
  const alike = otherMs <= oneMs * ALIKE_FACTOR && oneMs <= otherMs * ALIKE_FACTOR;
  if (alike) return loadOf(other) < loadOf(one);
  return otherMs * (loadOf(other) + 1) < oneMs * (loadOf(one) + 1);
}

/**
 * powerOfTwo takes two different instances at random by weight, then the one whose queue is over sooner: latency times the calls in front
 * of the next one. Almost as even as looking at all of them, yet several gateways that count only their own calls do not
 * all run to the same idle instance.
 */
export function powerOfTwo(random: Random): Balancer {
  const draw = weightedDraw(random);
  return {
    pick(candidates, { nowMs }) {
      if (candidates.length < 2) return candidates[0];
      const first = draw.any(candidates);
      const [one, other] = [candidates[first], candidates[draw.other(candidates, first)]];
      if (one === undefined || other === undefined) return one ?? other;
      return isBetter(other, one, nowMs) ? other : one;
    },
  };
}
