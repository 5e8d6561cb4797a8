export type {
  Composition,
  HealthProbe,
  Ports,
  ProbeResult,
  QuietStep,
  ServiceContext,
  ServiceRegistration,
  ServiceSpec,
  Step,
} from './boot/composition.ts';
export { createApp } from './boot/create-app.ts';
export { runService } from './boot/run-service.ts';
export { type Running, startService } from './boot/start-service.ts';
export { type BalancerKind, type BaseConfig, balancerKind, baseConfig, flag } from './config/base-config.ts';
export { commaList } from './config/comma-list.ts';
export {
  ConfigError,
  type ConfigShape,
  type VariableDescription,
  describeEnvironment,
  loadConfig,
} from './config/environment.ts';
export type { DocumentLink } from './http/openapi.ts';
export { pingProbe } from './health/ping-probe.ts';
export { BODY_LIMIT_BYTES } from './http/body-limit.ts';
export { deadlineExceeded, deadlineOf } from './http/deadline.ts';
export { clientHost, clientProtocol } from './http/client-address.ts';
export { type Conditions, badHeader, conditionsOf, readOutcome } from './http/entity-tags.ts';
export { ApiProblems, type DocumentedProblem } from './http/documented-problems.ts';
export { discardRest, endGently } from './http/end-connection.ts';
export { guarded } from './http/guarded.ts';
export { originForm } from './http/request-checks.ts';
export { endingWell, endWithClient, farewell } from './http/event-stream.ts';
export { type Identity, identify } from './identity.ts';
export { leave } from './shutdown/leave.ts';
export { type LeavingSums, leavingSums } from './shutdown/sums.ts';
export { Lifecycle, type Phase } from './lifecycle.ts';
export { type Logger, createLogger } from './logging.ts';
export { type Metrics, createMetrics } from './metrics.ts';
export {
  type FieldFault,
  ProblemError,
  type ProblemMapper,
  type ProblemSpec,
  toProblem,
  toProblemSpec,
} from './problem/problem.ts';
export { currentRequestId, remainingMs } from './request-context.ts';
