/**
 * Counters that any replica moves. They never expire. A counter that was never moved stands at 0.
 * Rejects with StateError: `state_unavailable`, `state_outcome_unknown`, `invalid_key`, `invalid_amount`,
 * `counter_overflow` (the counter has moved, but JavaScript cannot show where to).
 */
export interface Counters {
  /** Moves the counter by a whole number, also below 0; the new count. */
  add(name: string, by?: number): Promise<number>;
  read(name: string): Promise<number>;
  /** The one counter over everything. */
  addGlobal(by?: number): Promise<number>;
  readGlobal(): Promise<number>;
}
