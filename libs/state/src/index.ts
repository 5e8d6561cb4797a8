export type { AddOptions, AddWithinOptions, Counters, Window, WindowCount } from './counters/counters.ts';
export { STATE_ERRORS, StateError, type StateErrorCode } from './errors.ts';
export {
  type Begun,
  type Idempotency,
  type IdempotencyToken,
  RESPONSE_CHARS_MAX,
  type StoredResponse,
} from './idempotency/idempotency.ts';
export type { Lease, LeaseOptions, Leases } from './leases/leases.ts';
export { requireRate } from './limits/gcra.ts';
export type { Allowance, Limits, Rate } from './limits/limits.ts';
export { type MemoryStateOptions, type StateOptions, openMemoryState, openState } from './open-state.ts';
export { withStateBudget } from './redis-budget.ts';
export { publicSessionId } from './sessions/session-id.ts';
export {
  type ChangeOptions,
  type OpenOptions,
  type RotateOptions,
  SESSION_MAX_MS,
  SESSION_TTL_MS,
  type Session,
  type SessionData,
  type SessionValue,
  type Sessions,
  type SetOptions,
} from './sessions/sessions.ts';
export type { State } from './state.ts';
export type { Precondition, VersionSet } from './values/precondition.ts';
export type { ListOptions, Put, PutOptions, Value, ValuePage, Values } from './values/values.ts';
export type { OpeningVisit, VisitCounts, Visits } from './visits/visits.ts';
