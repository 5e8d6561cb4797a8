/** NestJS wiring of the shared state: `StateModule` opens, provides and closes it, one decorator per part injects it. */
export {
  InjectCounters,
  InjectIdempotency,
  InjectLeases,
  InjectLimits,
  InjectSessions,
  InjectState,
  InjectValues,
  InjectVisits,
  partToken,
  type StatePart,
  stateToken,
} from './nest/decorators.ts';
export { type AsyncMethod, Exclusive, type ExclusiveOptions, heldLease } from './nest/exclusive.decorator.ts';
export { IdempotencyToken, Idempotent } from './nest/idempotent.decorator.ts';
export type { IdempotentOptions } from './nest/idempotent.options.ts';
export { RunOnceModule, RunOnceModuleBase } from './nest/run-once.module.ts';
export type { RunOnceModuleExtras, RunOnceModuleOptions } from './nest/run-once.module-options.ts';
export { type StateHealth, StateHealthIndicator } from './nest/state.health-indicator.ts';
export type { StateModuleExtras, StateModuleOptions, StateOpening } from './nest/state.module-options.ts';
export { SaveSession } from './nest/save-session.interceptor.ts';
export { StateModule } from './nest/state.module.ts';
export { StateModuleBase } from './nest/state.module-definition.ts';
