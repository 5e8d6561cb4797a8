import type { Random } from '../back-off.ts';
import type { Balancer } from './balancer.ts';

/**
 * The next id in order after the one picked last. It remembers an id and not a position, so an instance that comes, goes
 * or is excluded shifts no one's turn. The first pick is random: gateways that start together must not march in step.
 */
export function roundRobin(random: Random): Balancer {
  let lastId: string | undefined;
  return {
    pick(candidates) {
      const last = lastId;
      const picked =
        last === undefined
          ? candidates[Math.floor(random() * candidates.length)]
          : (candidates.find((candidate) => candidate.instance.id > last) ?? candidates[0]);
      lastId = picked?.instance.id ?? last;
      return picked;
    },
  };
}
