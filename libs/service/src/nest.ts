/**
 * @nestfleet/service/nest is the graceful shutdown for any Nest app, on Express or Fastify, started as it ever was. It loads
 * neither of them.
 */
export { SHUTDOWN_STEPS, type ShutdownSteps, type WithShutdownSteps } from '@nestfleet/timing';
export { endGracefully } from './http/event-stream.ts';
export { Lifecycle, type Phase } from './lifecycle/lifecycle.ts';
export { type ShutdownErrorCode, ShutdownModuleError } from './nest/errors.ts';
export { ShutdownHealthIndicator } from './nest/shutdown.health-indicator.ts';
export { ShutdownModule } from './nest/shutdown.module.ts';
export { ShutdownModuleBase } from './nest/shutdown.module-definition.ts';
export type { ProcessLog } from './shutdown/graceful-shutdown.ts';
export type { HealthPaths, ShutdownOptions } from './nest/shutdown-options.ts';
