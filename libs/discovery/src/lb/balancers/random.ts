import type { Random } from '../../back-off.ts';
import type { Balancer } from './balancer.ts';
import { weightedDraw } from './weighted-draw.ts';

/** randomBalancer picks each instance with a chance in proportion to its weight. */
export function randomBalancer(random: Random): Balancer {
  const draw = weightedDraw(random);
  return { pick: (candidates) => candidates[draw.any(candidates)] };
}
