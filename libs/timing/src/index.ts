/**
 * Deadlines, exponential back-off with jitter, polling, and the steps of a graceful shutdown, without a dependency. Every
 * deadline here is checked after one turn of I/O, so that a stall of this process is not taken for the silence of another one.
 */
export { backOffMs, type BackOffLimits, type Random } from './back-off.ts';
export {
  DeadlineError,
  type DeadlineOptions,
  deadlineSignal,
  startDeadline,
  withDeadline,
  within,
} from './deadline.ts';
export { pause } from './pause.ts';
export {
  AWAITS_FIRST_READY,
  type InstanceIdentity,
  type ProviderWrapper,
  SHUTDOWN_STEPS,
  type ShutdownSteps,
  shutdownStepsOf,
  stepsOfProviders,
  type WithShutdownSteps,
} from './shutdown-steps.ts';
export { type Truthy, until, type UntilOptions } from './until.ts';
