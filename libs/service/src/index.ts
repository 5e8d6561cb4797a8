/**
 * @nestfleet/service is the service chassis: configuration from the environment, boot, health checks, logs and metrics,
 * problem+json, OpenAPI. It ends a process by a graceful shutdown behind a load balancer: readiness 404, drain delay,
 * requests in flight, deregistration.
 */
export type { Composition, ServiceSpec } from './composition.ts';
export type { DrainStep, HealthProbe, Ports, ProbeResult, ServiceRegistration, Step } from './hooks.ts';
export type { ServiceContext } from './service-context.ts';
export { createApp } from './boot/create-app.ts';
export { runService } from './boot/run-service.ts';
export { startService, type StartedService } from './boot/start-service.ts';
export { type BalancerKind, type BaseConfig, balancerKind, baseConfig, flag } from './config/base-config.ts';
export { commaList } from './config/comma-list.ts';
export { corsConfig } from './config/cors-config.ts';
export { type OverloadConfig, overloadConfig } from './config/overload-config.ts';
export type { ShutdownDefaults } from './config/shutdown-config.ts';
export {
  ConfigError,
  type ConfigShape,
  type Environment,
  type VariableDescription,
  describeEnvironment,
  loadConfig,
} from './config/environment.ts';
export type { DocumentHead, DocumentLink, SecurityScheme } from './http/openapi.ts';
export { pingProbe } from './health/ping-probe.ts';
export { allowOriginsOnProblems, CORS_EXPOSED_HEADERS } from './http/cors.ts';
export { BODY_LIMIT_BYTES } from './connections/body-limit.ts';
export { CONTENT_SECURITY_POLICY } from './http/content-security-policy.ts';
export { deadlineExceeded, deadlineOf } from './http/deadline.ts';
export { clientHost, clientProtocol, type ForwardedRequest } from './http/client-address.ts';
export { beforeUnrouted } from './http/early-errors.ts';
export { clientNetwork } from './http/client-network.ts';
export { type Conditions, type OpaqueTags, badHeader, conditionsOf, readOutcome } from './http/entity-tags.ts';
export { ApiProblems, type DocumentedProblem } from './http/documented-problems.ts';
export { discardRest, closeWithoutReset } from './connections/end-connection.ts';
export { guarded } from './connections/guarded.ts';
export { listenBacklog } from './connections/listen-backlog.ts';
export { isPipelined } from './connections/pending-responses.ts';
export { SendTimeouts } from './connections/send-timeouts.ts';
export { originForm } from './http/request-checks.ts';
export { endGracefully, endWithClient, reconnectHint } from './http/event-stream.ts';
export { type Identity, type Machine, identify } from './identity.ts';
export { type JobAttempt, JobMetrics } from './job-metrics.ts';
export { type RunningService } from './shutdown/graceful-shutdown.ts';
export type { DrainDelayVerdict } from './shutdown/drain-delay.ts';
export { shutdown, type ShutdownHooks, type ShutdownLog } from './shutdown/shutdown-sequence.ts';
export { type ShutdownTimeouts, type ShutdownTimes, shutdownTimeouts } from './shutdown/timeouts.ts';
export type { DrainEvidence, DrainFacts } from './lifecycle/drain-evidence.ts';
export type { CutWork } from './lifecycle/in-flight.ts';
export { Lifecycle, type Phase } from './lifecycle/lifecycle.ts';
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
