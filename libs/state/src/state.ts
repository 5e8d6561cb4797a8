import type { Counters } from './counters/counters.ts';
import type { Idempotency } from './idempotency/idempotency.ts';
import type { Leases } from './leases/leases.ts';
import type { Limits } from './limits/limits.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Values } from './values/values.ts';
import type { Visits } from './visits/visits.ts';

/** State is what replicas keep outside of themselves. */
export interface State {
  readonly sessions: Sessions;
  readonly counters: Counters;
  readonly values: Values;
  readonly visits: Visits;
  readonly leases: Leases;
  readonly idempotency: Idempotency;
  readonly limits: Limits;
  /**
   * Resolves with the first connection, however long it takes; rejects when closed before, and with `state_layout_newer` where a
   * newer release has written what this one cannot read.
   */
  ready(): Promise<void>;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** The same, behind a small write; rejects while the store refuses writes, or has little memory left. For health checks: one write a second at most. */
  checkWrites(): Promise<number>;
  /** Answers what is under way, then disconnects, within 1 s. */
  close(): Promise<void>;
}
