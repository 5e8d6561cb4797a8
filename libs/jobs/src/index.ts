export type { AttemptOutcome, Consumer, ConsumeOptions, JobContext, JobHandler, SettledAttempt } from './consumer.ts';
export { JOBS_ERRORS, JobsError, type JobsErrorCode, type PayloadIssue } from './errors.ts';
export type { Jobs, JobsOptions } from './jobs.ts';
export type { JobRecord, Ledger, QueueCounts } from './ledger.ts';
export { type JobLog, silentLog } from './log.ts';
export { openJobs } from './open-jobs.ts';
export type { Enqueued, EnqueueOptions, Producer } from './producer.ts';
export { defineQueue, type Queue } from './queue.ts';
