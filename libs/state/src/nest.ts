/** NestJS wiring of the shared state: `StateModule` provides it, one decorator per part injects it. */
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
export { StateModule } from './nest/state.module.ts';
