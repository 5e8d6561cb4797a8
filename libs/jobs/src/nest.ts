export { InjectJobs, JobsModule } from './nest/jobs.module.ts';
