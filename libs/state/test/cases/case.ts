import type { State } from '../../src/state.ts';

/** A fresh, empty state of one kind, and power over its time. */
export interface StateUnderTest {
  readonly state: State;
  /** Lifetime of an untouched session in this state. */
  readonly sessionTtlMs: number;
  /** Lifetime of a session in this state whatever touches it; more than twice the untouched one. */
  readonly sessionMaxMs: number;
  /** Lets so much time pass for everything that is stored; need not take any. */
  readonly pass: (ms: number) => Promise<void>;
}

/** One thing that every kind of state must do. Rejects with an AssertionError when it does not. */
export interface StateCase {
  readonly name: string;
  /** @param make called once or more; the caller closes what it made */
  readonly run: (make: () => Promise<StateUnderTest>) => Promise<void>;
}
