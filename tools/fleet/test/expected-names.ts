import { type Counts, replicaName, startOrder } from '../src/core/services.ts';

/** namesOfFleet are the names of all replicas of a fleet that has only been brought up, sorted. */
export const namesOfFleet = (counts: Counts): string[] =>
  startOrder
    .flatMap((service) => Array.from({ length: counts[service] }, (_, index) => replicaName(service, index + 1)))
    .toSorted();
