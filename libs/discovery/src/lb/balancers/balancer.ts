import type { Instance } from '../../instance.ts';

/** Candidate is an instance that may be picked, with what this process has measured of it. */
export interface Candidate {
  readonly instance: Instance;
  /** Calls that this process has running on it. */
  readonly inFlight: number;
  /** Of its last answers those that were no success, from 0 to 1. */
  readonly unsuccessfulShare: number;
  /** How long its answers take of late, failures counted in; never less than what is too short to matter. */
  latencyMs(nowMs: number): number;
}

export interface Choice {
  readonly nowMs: number;
}

/**
 * Balancer is a load balancing strategy. It chooses among candidates, which come sorted by id. A list is never changed after it was handed over, so what was worked
 * out for it may be kept until another one comes. Undefined only when there is no candidate.
 */
export interface Balancer {
  pick<C extends Candidate>(candidates: readonly C[], choice: Choice): C | undefined;
}

export const BALANCER_NAMES = ['power-of-two', 'round-robin', 'random'] as const;
export type BalancerName = (typeof BALANCER_NAMES)[number];

/** Consul's weight, as what it is divided by or multiplied with. */
export const weightOf = ({ instance }: Candidate): number => Math.max(instance.weight, 1);
