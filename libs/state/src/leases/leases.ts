export interface LeaseOptions {
  /** How long the lease outlives a holder that says nothing more: 50 ms to 1 hour. It is renewed at a third of it. */
  readonly ttlMs: number;
  /** How long to try while somebody else holds it, 10 minutes at most; 0: once. @default 0 */
  readonly waitMs?: number;
}

export interface Lease {
  /**
   * Higher than that of every holder before. Hand it to what the work writes to, which refuses a lower one than it has
   * seen: only that keeps out a holder that was paused and does not know yet that it lost the lease.
   */
  readonly fencingToken: number;
  /**
   * Aborted, with StateError `lease_lost` as its reason, when the lease is or may be somebody else's. Read it from the
   * lease each time: reading looks at the clock, which a timer cannot do while the event loop stands still.
   */
  readonly signal: AbortSignal;
}

/**
 * Leases are distributed locks with an expiry and fencing tokens: the right of one process of the fleet to do something, such
 * as a clean-up, until it is done or the process is gone.
 * Rejects with StateError: `lease_held` when somebody else holds it, `lease_lost` when it was lost before `work` was done,
 * `invalid_key`, `invalid_lease`, `state_unavailable`, `state_outcome_unknown`; else as `work` does.
 */
export interface Leases {
  /** Waits for `work` to end also when the lease is lost, and releases the lease however it ends. */
  hold<T>(name: string, options: LeaseOptions, work: (lease: Lease) => Promise<T>): Promise<T>;
}
