export interface Rate {
  /** At most so much in any period, wherever it begins. */
  readonly count: number;
  /** 1 second to 1 day. */
  readonly periodMs: number;
}

export interface Take {
  readonly key: string;
  readonly rate: Rate;
  /** How much is taken, at most all of the count. @default 1 */
  readonly cost?: number;
}

export interface Allowance {
  readonly allowed: boolean;
  /** The most that can be left: the count. */
  readonly limit: number;
  /** How much more would be allowed now. */
  readonly remaining: number;
  /** Until all of the limit is there again, when nothing is taken. */
  readonly resetMs: number;
  /** 0 when it was allowed, else until as much is. */
  readonly retryAfterMs: number;
  /** Names what was taken, for `refund`; undefined where nothing was. */
  readonly mark?: number;
}

/**
 * Limits are rate limits: how often something may be done, counted over all replicas by the clock of the store. The window
 * slides: no period, wherever it begins, has more than the count. What is refused costs nothing.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_rate`.
 */
export interface Limits {
  /** `cost` @default 1 */
  take(key: string, rate: Rate, cost?: number): Promise<Allowance>;
  /** From each key or, when one of them refuses, from none; 1 to 8 different keys, the answers in their order. */
  takeAll(takes: readonly Take[]): Promise<readonly Allowance[]>;
  /**
   * Gives back what a `takeAll` took, once, where what it was taken for was not done: as if it had not been taken. `allowances` are
   * its answers. What a clock has moved since stays taken.
   */
  refund(takes: readonly Take[], allowances: readonly Allowance[]): Promise<void>;
}
