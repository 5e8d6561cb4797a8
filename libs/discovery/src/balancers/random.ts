import type { Random } from '../back-off.ts';
import type { Balancer } from './balancer.ts';

/** Each instance with the same chance, whatever its weight. */
export function randomBalancer(random: Random): Balancer {
  return { pick: (candidates) => candidates[Math.floor(random() * candidates.length)] };
}
