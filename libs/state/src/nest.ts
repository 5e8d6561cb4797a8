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
export { type StateHealth, StateHealthIndicator } from './nest/state.health-indicator.ts';
export type { StateModuleExtras, StateModuleOptions, StateOpening } from './nest/state.module-options.ts';
export { SaveSession } from './nest/save-session.interceptor.ts';
export { StateModule } from './nest/state.module.ts';
