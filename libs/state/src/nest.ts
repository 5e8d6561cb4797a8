export type { Counters } from './counters/counters.ts';
export {
  InjectCounters,
  InjectIdempotency,
  InjectLeases,
  InjectLimits,
  InjectSessions,
  InjectState,
  InjectValues,
  InjectVisits,
} from './nest/decorators.ts';
export type { Idempotency } from './idempotency/idempotency.ts';
export type { Lease, LeaseOptions, Leases } from './leases/leases.ts';
export type { Limits } from './limits/limits.ts';
export { StateModule } from './nest/state.module.ts';
export type { Session, SessionData, Sessions } from './sessions/sessions.ts';
export type { Value, Values } from './values/values.ts';
export type { OpeningVisit, VisitCounts, Visits } from './visits/visits.ts';
