import type { Random } from '@nestfleet/timing';
import type { Balancer, BalancerName } from './balancer.ts';
import { powerOfTwo } from './power-of-two.ts';
import { roundRobin } from './round-robin.ts';
import { weightedDraw } from './weighted-draw.ts';

/** Each instance with a chance in proportion to its weight. */
function randomBalancer(random: Random): Balancer {
  const draw = weightedDraw(random);
  return { pick: (candidates) => candidates[draw.any(candidates)] };
}

const STRATEGIES: Record<BalancerName, (random: Random) => Balancer> = {
  'power-of-two': powerOfTwo,
  'round-robin': roundRobin,
  random: randomBalancer,
};

/** balancerNamed makes a fresh balancer: each upstream needs its own, since some have state. */
export function balancerNamed(name: BalancerName, random: Random): Balancer {
  return STRATEGIES[name](random);
}
