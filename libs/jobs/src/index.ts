/**
 * Typed job queue over BullMQ (producer and competing consumers, at-least-once delivery, retries with back-off).
 * On shutdown a consumer releases its unfinished jobs to the queue; one script makes an enqueue idempotent, within bounds.
 */
export { upcaster } from '@nestfleet/contracts';
export { type Backlogs, desiredWorkers, type QueueBacklog } from './backlog.ts';
export type { Bounds as QueueBounds } from './bounds.ts';
export type { AttemptOutcome, ConsumeOptions, Consumer, JobContext, JobHandler, SettledAttempt } from './consumer.ts';
export type { DeadLetterPage, DeadLetterQuery, DeadLetters, RetryOptions } from './dead-letters.ts';
export type { EffectReader, Effects, EffectWrite, ExpiringWrite, Once } from './effects.ts';
export { JOBS_ERRORS, JobsError, type JobsErrorCode, type PayloadIssue } from './errors.ts';
export type { JobContextOf, JobProcessor, JobQueue, JobResultOf } from './job-queue.ts';
export type { Jobs, JobsOptions } from './jobs.ts';
export type { Cancellation, ExpiredJob, JobRecord, Ledger, QueueCounts } from './ledger.ts';
export { type JobLog, type JobLogLevel, type JobLogWrite, silentLog } from './log.ts';
export { openJobs } from './open-jobs.ts';
export type { Enqueued, EnqueueOptions, Producer } from './producer.ts';
export { defineQueue, type Queue } from './queue.ts';
