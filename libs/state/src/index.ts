/**
 * Shared state that keeps replicas stateless (externalized session store, atomic counters, optimistic concurrency).
 * Each operation is one Lua script or command in Redis: atomic, with expiry, idempotency tokens and fencing tokens.
 */
export type {
  AddOptions,
  AddWithinOptions,
  CounterAddOptions,
  Counters,
  Window as CounterWindow,
  WindowCount,
} from './counters/counters.ts';
export { STATE_ERRORS, StateError, type StateErrorCode } from './errors.ts';
export {
  type Begun,
  type Idempotency,
  type IdempotencyClaim,
  RESPONSE_CHARS_MAX,
  type StoredResponse,
} from './idempotency/idempotency.ts';
export { KEY_RULE } from './idempotency-key/key.ts';
export {
  beginKeyed,
  hasSecretKey,
  idempotencyTokenOf,
  type KeyedBegun,
  type KeyedRequest,
  type KeyedRules,
  type KeyedRun,
  refuseForNow,
} from './idempotency-key/keyed-requests.ts';
export type { Lease, LeaseOptions, Leases } from './leases/leases.ts';
export { requireRate } from './limits/sliding-window.ts';
export type { Allowance, Limits, Rate, Take } from './limits/limits.ts';
export { openState, type StateOptions } from './open-state.ts';
export { FENCING_TABLE_SQL, type Query, requireFencingToken } from './run-once/fencing-token.ts';
export { type OnceLog, type OnceTask, runOnce, type RunOnceOptions } from './run-once/run-once.ts';
export { withRedisBudget as withStateBudget } from '@nestfleet/redis';
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
export { type FieldVersions, mergeCounts, type MergeField } from './session-store/merge.ts';
export { storedSessionId } from './session-store/read-fields.ts';
export { saveSession, type SessionRequest } from './session-store/save-session.ts';
export type { SessionStoreOptions } from './session-store/session-records.ts';
export {
  expressSessionStore,
  fastifySessionStore,
  type SessionStore,
  type StoreCallback,
} from './session-store/session-store.ts';
export type { State } from './state.ts';
export {
  type ThrottlerRecord,
  type ThrottlerStorage,
  throttlerStorage,
  type ThrottlerStorageOptions,
} from './throttler/throttler-storage.ts';
export type { Precondition, VersionSet } from './values/precondition.ts';
export type { ListOptions, Put, PutOptions, Value, ValuePage, Values } from './values/values.ts';
export type { OpeningVisit, VisitCounts, Visits } from './visits/visits.ts';
