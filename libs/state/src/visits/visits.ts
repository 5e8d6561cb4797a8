import type { Session } from '../sessions/sessions.ts';

export interface VisitCounts {
  /** Visits of the session, this one included. */
  readonly sessionCount: number;
  /** Visits of all sessions, this one included. */
  readonly globalCount: number;
}

export interface OpeningVisit extends VisitCounts {
  readonly session: Session;
}

/**
 * Visits is the hot path: each increments the count of its session and the count over all, and keeps the session alive. Only
 * a visit that its session counted increments the count over all. Parallel visits may share one round trip; each still ends by itself,
 * within its own budget: one whose session cannot be counted fails alone.
 * Rejects with StateError: `state_unavailable` (nothing was counted), `state_outcome_unknown` (one or both counts may have
 * been made; a visit is never sent twice), `wrong_type`, `counter_overflow`.
 */
export interface Visits {
  /** Undefined when there is no such session; nothing is counted then. */
  count(sessionId: string): Promise<VisitCounts | undefined>;
  /** The first visit of somebody without a session: opens one that stands at 1, and counts, in one round trip. */
  open(): Promise<OpeningVisit>;
}
