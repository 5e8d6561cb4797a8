import type { Random } from '../back-off.ts';
import type { Balancer, Candidate } from './balancer.ts';

/** Load after one more call, in relation to the weight. */
function loadOf(candidate: Candidate): number {
  return (candidate.inFlight + 1) / Math.max(candidate.instance.weight, 1);
}

/**
 * Two different instances at random, then the one with less in flight. Almost as even as looking at all of them, yet
 * several gateways that know only their own calls do not all run to the same idle instance.
 */
export function powerOfTwo(random: Random): Balancer {
  return {
    pick(candidates) {
      const count = candidates.length;
      if (count < 2) return candidates[0];
      const first = Math.floor(random() * count);
      const second = (first + 1 + Math.floor(random() * (count - 1))) % count;
      const [one, other] = [candidates[first], candidates[second]];
      if (one === undefined || other === undefined) return one ?? other;
      return loadOf(other) < loadOf(one) ? other : one;
    },
  };
}
