/**
 * Jobs as a Nest module: `JobsModule` opens and closes them with the application, `@InjectQueue()` and `@InjectJobs()` give
 * them, providers with `@Processor()` run them.
 */
export { InjectJobs, InjectQueue, Processor, type ProcessorOptions } from './nest/decorators.ts';
export { JobConsumers } from './nest/job-consumers.ts';
export { type JobsHealth, JobsHealthIndicator } from './nest/jobs.health-indicator.ts';
export type { ConsumerSettings, JobsModuleExtras, JobsModuleOptions, JobsOpening } from './nest/jobs.module-options.ts';
export { JobsModule, JobsModuleBase } from './nest/jobs.module.ts';
export { jobConsumersToken, jobsToken, queueToken } from './nest/tokens.ts';
