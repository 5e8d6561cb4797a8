import type { Random } from '../../back-off.ts';
import { weightOf, type Balancer } from './balancer.ts';
import { weightedDraw } from './weighted-draw.ts';

/** The instance with the least in flight for its weight; among equal ones the first after a random place. */
export function leastInflight(random: Random): Balancer {
  const draw = weightedDraw(random);
  return {
    pick(candidates) {
      const count = candidates.length;
      const start = count < 2 ? 0 : draw.any(candidates);
      let best = candidates[start];
      if (best === undefined) return undefined;
      let bestLoad = best.inFlight / weightOf(best);
      for (let step = 1; step < count && bestLoad > 0; step += 1) {
        const candidate = candidates[(start + step) % count];
        if (candidate === undefined) continue;
        const load = candidate.inFlight / weightOf(candidate);
        if (load >= bestLoad) continue;
        best = candidate;
        bestLoad = load;
      }
      return best;
    },
  };
}
