/** NestJS wiring of the jobs: `JobsModule` provides them, `@InjectJobs()` injects them. */
export { InjectJobs, JobsModule } from './nest/jobs.module.ts';
