import type { Instance } from '../instance.ts';

/** A passing instance with what this process knows about it. */
export interface Candidate {
  readonly instance: Instance;
  /** Calls that this process has running on it. */
  readonly inFlight: number;
}

/** Chooses among passing instances, which come sorted by id. Undefined only when there is none. */
export interface Balancer {
  pick<C extends Candidate>(candidates: readonly C[]): C | undefined;
}

export const BALANCER_NAMES = ['power-of-two', 'round-robin', 'random'] as const;
export type BalancerName = (typeof BALANCER_NAMES)[number];
