import type { JobDescriptor } from '@nestfleet/contracts';
import type { JobsOptions } from 'bullmq';
import type { Bounds } from '../bounds.ts';
import { bullId, type QueueKeys } from './keys.ts';

const HOUR_MS = 3_600_000;

/** Stacks that are kept of a job, those of its last attempts; each is cut as its words are. */
const STACKS_MAX = 3;

/** What an owner's list holds. */
export const OWNER_JOBS_MAX = 100;
/** How long lists of owners, cancelled jobs and the memory of removed ones are kept. */
const LEDGER_TTL_MS = 24 * HOUR_MS;
/** As long as an Idempotency-Key is remembered, whatever becomes of the job. */
const TOKEN_TTL_MS = 24 * HOUR_MS;

export const DEAD_LETTERS_MAX = 5_000;
export const DEAD_LETTERS_TTL_MS = 7 * 24 * HOUR_MS;

/** Effects of one job, and how long after the last of them another job of its id knows them. */
export const EFFECTS_MAX = 64;
export const EFFECTS_TTL_MS = 24 * HOUR_MS;

/**
 * BullMQ's options of one job, from its descriptor. How long it is kept is for workers of before alone, which sweep nothing;
 * those of now write over it, see `KEEP_OTHERS`.
 */
export function jobOptions(descriptor: Pick<JobDescriptor, 'attempts' | 'backoffMs'>, bounds: Bounds): JobsOptions {
  const kept = (keepMs: number) => ({ age: Math.ceil(keepMs / 1_000), count: bounds.keepMax });
  return {
    removeOnComplete: kept(bounds.keepCompletedMs),
    removeOnFail: kept(bounds.keepFailedMs),
    attempts: descriptor.attempts,
    backoff: { type: 'exponential', delay: descriptor.backoffMs, jitter: 0.5 },
    stackTraceLimit: STACKS_MAX,
  };
}

/** KEEP_OTHERS makes the end of a job remove no other one, whatever its options ask for: BullMQ removes only as others end. */
export const KEEP_OTHERS: JobsOptions = { removeOnComplete: false, removeOnFail: false };

/** What one call of a script that removes jobs does at most: Redis does nothing else meanwhile. */
const SWEEP_JOBS_MAX = 100;
const SWEEP_BYTES_MAX = 1_048_576;

export type Values = (string | number)[];
/** What a script is given. */
export interface ScriptInput {
  readonly touched: string[];
  readonly args: Values;
}

/** claimOf is what the script that claims a job has alike for all jobs of a queue: its list `common`. */
export function claimOf(keys: QueueKeys, { backlogMax, keepCompletedMs }: Bounds): Values {
  const ledger = [keys.cancelled, keys.cancelledJobs, keys.deadLetters];
  const backlog = [keys.wait, keys.delayed, keys.prioritized];
  const limits = [OWNER_JOBS_MAX, LEDGER_TTL_MS, backlogMax, TOKEN_TTL_MS, keepCompletedMs];
  return [...ledger, ...backlog, keys.removed, keys.removedOwners, ...limits];
}

/** cancelOf is for the script that cancels a job; `token` of the worker that has it, '' for who asks. */
export function cancelOf(keys: QueueKeys, { keepMax, eventsMax }: Bounds, id: string, token: string): ScriptInput {
  const places = [keys.wait, keys.delayed, keys.prioritized, keys.active];
  const memory = [keys.cancelled, keys.cancelledJobs, keys.events];
  return {
    touched: [keys.job(id), keys.logs(id), ...places, ...memory, keys.lock(id), keys.stalled],
    args: [bullId(id), keepMax, LEDGER_TTL_MS, token, eventsMax],
  };
}

/** readOf is for the script that reads a job. */
export function readOf(keys: QueueKeys, { keepCompletedMs, keepFailedMs }: Bounds, id: string): ScriptInput {
  const places = [keys.completed, keys.failed, keys.delayed, keys.active];
  return {
    touched: [keys.job(id), ...places, keys.cancelledJobs, keys.removed, keys.removedOwners],
    args: [bullId(id), keepCompletedMs, keepFailedMs, LEDGER_TTL_MS],
  };
}

/** sweepOf is for the script that removes jobs past their retention. */
export function sweepOf(keys: QueueKeys, bounds: Bounds, state: 'completed' | 'failed', atMostMs: number): ScriptInput {
  const keepMs = Math.min(atMostMs, state === 'completed' ? bounds.keepCompletedMs : bounds.keepFailedMs);
  return {
    touched: [keys[state], keys.removed, keys.removedOwners, keys.deadLetters],
    args: [keys.jobs, keepMs, bounds.keepMax, LEDGER_TTL_MS, SWEEP_JOBS_MAX, SWEEP_BYTES_MAX],
  };
}
