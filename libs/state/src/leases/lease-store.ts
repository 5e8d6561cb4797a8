import { StateError } from '../errors.ts';
import type { LeaseOptions } from './leases.ts';

/** LeaseStore is the port of an adapter: who holds which lease, until when. */
export interface LeaseStore {
  /** @param attempt from 1; the first is the caller's own work, later ones are waiting that it asked for */
  take(name: string, owner: string, ttlMs: number, attempt: number): Promise<Taken>;
  /** False when the lease is not this owner's any more. */
  renew(name: string, owner: string, ttlMs: number): Promise<boolean>;
  /** False when the lease was not this owner's any more. */
  release(name: string, owner: string): Promise<boolean>;
}

export type Taken = { readonly fencingToken: number } | { readonly heldForMs: number };

const TTL_MIN_MS = 50;
export const LEASE_MAX_MS = 3_600_000;
const WAIT_MAX_MS = 600_000;

export function requireLease({ ttlMs, waitMs = 0 }: LeaseOptions): Required<LeaseOptions> {
  if (!Number.isInteger(ttlMs) || ttlMs < TTL_MIN_MS || ttlMs > LEASE_MAX_MS) {
    throw new StateError('invalid_lease', `a lease lasts ${TTL_MIN_MS} to ${LEASE_MAX_MS} ms, not ${ttlMs}`);
  }
  if (!Number.isInteger(waitMs) || waitMs < 0 || waitMs > WAIT_MAX_MS) {
    throw new StateError('invalid_lease', `a lease is waited for 0 to ${WAIT_MAX_MS} ms, not ${waitMs}`);
  }
  return { ttlMs, waitMs };
}
