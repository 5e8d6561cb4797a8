import type { Random } from '../../back-off.ts';
import type { Balancer, BalancerName } from './balancer.ts';
import { powerOfTwo } from './power-of-two.ts';
import { randomBalancer } from './random.ts';
import { roundRobin } from './round-robin.ts';

const STRATEGIES: Record<BalancerName, (random: Random) => Balancer> = {
  'power-of-two': powerOfTwo,
  'round-robin': roundRobin,
  random: randomBalancer,
};

/** A fresh balancer: each upstream needs its own, since some have state. */
export function balancerNamed(name: BalancerName, random: Random): Balancer {
  return STRATEGIES[name](random);
}
