/**
 * Typed job queue over BullMQ (producer and competing consumers, at-least-once delivery, retries with back-off).
 * On shutdown a consumer releases its unfinished jobs to the queue; one script makes an enqueue idempotent, within bounds.
 */
export { upcaster } from '@nestfleet/contracts';
export type { Consumer, JobContext, JobHandler, SettledAttempt } from './consumer.ts';
export type { EffectReader, EffectWrite } from './effects.ts';
export { JOBS_ERRORS, JobsError, type JobsErrorCode } from './errors.ts';
export type { JobContextOf, JobProcessor, JobQueue, JobResultOf } from './job-queue.ts';
export type { Jobs } from './jobs.ts';
export { silentLog } from './log.ts';
export { openJobs } from './open-jobs.ts';
export type { Enqueued } from './producer.ts';
export { defineQueue, type Queue } from './queue.ts';
