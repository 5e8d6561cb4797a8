import type { JobDescriptor } from '@nestfleet/contracts';
import type { JobsOptions } from 'bullmq';

const HOUR_S = 3_600;

/** Finished jobs are kept for a bounded time and number: a queue must not fill Redis. */
const KEEP_COMPLETED = { age: HOUR_S, count: 1_000 };
const KEEP_FAILED = { age: 7 * 24 * HOUR_S, count: 5_000 };

/** What an owner's list and the memory of cancelled jobs hold. */
export const OWNER_JOBS_MAX = 100;
export const CANCELLED_JOBS_MAX = 1_000;
export const LEDGER_TTL_MS = 24 * HOUR_S * 1_000;
/** As long as an Idempotency-Key is remembered, whatever becomes of the job. */
export const TOKEN_TTL_MS = 24 * HOUR_S * 1_000;

export const DEAD_LETTERS_MAX = KEEP_FAILED.count;
export const DEAD_LETTERS_TTL_MS = KEEP_FAILED.age * 1_000;

/** BullMQ's options of one job, from its descriptor. */
export function jobOptions(descriptor: Pick<JobDescriptor, 'attempts' | 'backoffMs'>): JobsOptions {
  return {
    attempts: descriptor.attempts,
    backoff: { type: 'exponential', delay: descriptor.backoffMs, jitter: 0.5 },
    removeOnComplete: KEEP_COMPLETED,
    removeOnFail: KEEP_FAILED,
    stackTraceLimit: 10,
  };
}
