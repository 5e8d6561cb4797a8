export interface AddOptions {
  /**
   * A name for this one add, 1 to 128 characters. The first add to a counter with it is applied; each later one within 24
   * hours answers the same count and adds nothing, so that a lost answer may be asked for again.
   */
  readonly idempotencyToken?: string;
  /** Rejects with `counter_missing` instead of making the counter, or its count in this window. @default false */
  readonly onlyExisting?: boolean;
}

export interface CounterAddOptions extends AddOptions {
  /**
   * Lifetime of a counter that this add makes, 1 ms to one year; one that is there keeps what it has. Without it the counter stays,
   * also one that had a lifetime.
   */
  readonly ttlMs?: number;
}

export interface Window {
  /** 1 ms to one year. Windows begin at whole multiples of it since 1970, by the clock of the store. */
  readonly windowMs: number;
}

export interface AddWithinOptions extends Window, AddOptions {
  /** @default 1 */
  readonly by?: number;
}

export interface WindowCount {
  readonly count: number;
  /** Until the window ends, and its count with it. */
  readonly endsInMs: number;
}

/**
 * Counters are atomic counters that all replicas share. They never expire, except that a count within a fixed window goes
 * with the window, and one that was made with a lifetime after that. A counter that nobody added to stands at 0.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_amount`, `invalid_window`,
 * `invalid_ttl`, `invalid_idempotency_token`, `counter_missing`, `idempotency_token_reused` (the token was used for another amount; nothing was added), `wrong_type`,
 * `counter_overflow` (the counter would go beyond what JavaScript shows exactly; nothing was added).
 */
export interface Counters {
  /** Adds a whole number, also below 0; the new count. `by` @default 1 */
  add(name: string, by?: number, options?: CounterAddOptions): Promise<number>;
  read(name: string): Promise<number>;
  /** As `add`, in the window that runs now. Each length of window has a count of its own, apart from the counter's. */
  addWithin(name: string, options: AddWithinOptions): Promise<WindowCount>;
  readWithin(name: string, window: Window): Promise<WindowCount>;
  /** The one counter over everything. Visits add to it by plain INCRBY, so of it `counter_overflow` says only that it cannot be shown. */
  addGlobal(by?: number): Promise<number>;
  readGlobal(): Promise<number>;
}
