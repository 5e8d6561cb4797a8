export interface Rate {
  /** So many in each period, in the long run. */
  readonly count: number;
  /** 1 second to 1 day. */
  readonly periodMs: number;
  /** So many at once after a rest. @default `count` */
  readonly burst?: number;
}

export interface Allowance {
  readonly allowed: boolean;
  /** The most that can be left: the burst. */
  readonly limit: number;
  /** How many more would be allowed now. */
  readonly remaining: number;
  /** Until all of the limit is there again, when nothing is taken. */
  readonly resetMs: number;
  /** 0 when it was allowed, else until one is. */
  readonly retryAfterMs: number;
}

/**
 * Limits are rate limits: how often something may be done, counted over all replicas by the clock of the store (GCRA: the allowance grows back
 * evenly, so that no window's edge lets twice as many through). What is refused costs nothing.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_rate`.
 */
export interface Limits {
  take(key: string, rate: Rate): Promise<Allowance>;
  /** One from each key or, when one of them refuses, from none; 1 to 8 different keys, the answers in their order. */
  takeAll(takes: readonly { readonly key: string; readonly rate: Rate }[]): Promise<readonly Allowance[]>;
}
