export interface AddOptions {
  /**
   * A name for this one move, 1 to 128 characters. The first add of a counter with it moves the counter; each later one
   * within 24 hours answers the same count and moves nothing, so that a lost answer may be asked for again.
   */
  readonly once?: string;
}

export interface Window {
  /** 1 ms to one year. Windows begin at whole multiples of it since 1970, by the clock of the store. */
  readonly windowMs: number;
}

export interface AddWithinOptions extends Window, AddOptions {
  readonly by?: number;
}

export interface WindowCount {
  readonly count: number;
  /** Until the window ends, and its count with it. */
  readonly endsInMs: number;
}

/**
 * Counters that any replica moves. They never expire, except that a count within a window goes with the window. A counter
 * that was never moved stands at 0.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_amount`, `invalid_window`,
 * `invalid_once`, `once_reused` (the mark was used for another amount; nothing has moved), `wrong_type`,
 * `counter_overflow` (the counter would go beyond what JavaScript shows exactly; it has not moved).
 */
export interface Counters {
  /** Moves the counter by a whole number, also below 0; the new count. */
  add(name: string, by?: number, options?: AddOptions): Promise<number>;
  read(name: string): Promise<number>;
  /** As `add`, in the window that runs now. Each length of window has a count of its own, apart from the counter's. */
  addWithin(name: string, options: AddWithinOptions): Promise<WindowCount>;
  readWithin(name: string, window: Window): Promise<WindowCount>;
  /** The one counter over everything. Visits move it by plain INCRBY, so of it `counter_overflow` says only that it cannot be shown. */
  addGlobal(by?: number): Promise<number>;
  readGlobal(): Promise<number>;
}
