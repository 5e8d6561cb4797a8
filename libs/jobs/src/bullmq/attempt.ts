import { errorOf, messageOf } from '@nestfleet/contracts';
import { type Job, RATE_LIMIT_ERROR, UnrecoverableError, WaitingError } from 'bullmq';
import type { z } from 'zod';
import type { AttemptOutcome, JobHandler } from '../consumer.ts';
import { mayFitAnotherWorker, unseal } from '../envelope.ts';
import { publicJobId } from '../job-id.ts';
import { type JobLog, withFields } from '../log.ts';
import type { Queue } from '../queue.ts';
import { finishedCode } from './finished-code.ts';
import { ownId } from './keys.ts';
import type { RunningJob } from './running-job.ts';

/** Attempt is what one attempt needs; the job is BullMQ's, locked with `token`. */
export interface Attempt<P extends z.ZodType, R> {
  readonly queue: Queue<P>;
  readonly job: Job;
  readonly token: string | undefined;
  readonly running: RunningJob<R>;
  readonly handler: JobHandler<z.output<P>, R>;
  readonly instanceName: string;
  readonly log: JobLog;
  /** Writes progress down, in per cent. */
  readonly report: (percent: number) => Promise<void>;
  /** Done while the lock is still held. */
  readonly beforeRelease?: (() => Promise<void>) | undefined;
  /** Told before BullMQ writes it down. */
  readonly onEnd: (end: AttemptEnd) => void;
}

/** AttemptEnd is what became of an attempt on its worker; it counts once Redis has it. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  /** Where `outcome` is a failure. */
  readonly error?: unknown;
  /** With the ids of job and request in every line. */
  readonly log: JobLog;
}

/** `runAttempt` runs one attempt as BullMQ's processor expects it: returns the result, or throws what makes BullMQ retry, fail or release. */
export async function runAttempt<P extends z.ZodType, R>(attempt: Attempt<P, R>): Promise<R> {
  const { queue, job, running, onEnd } = attempt;
  const log = attemptLog(queue, job, attempt.log);
  const opened = open(attempt, log);
  const lines = withFields(log, opened.requestId === undefined ? {} : { request_id: opened.requestId });
  lines.debug({}, 'job started');
  const end = await running.run(() => attempt.handler({ ...opened, log: lines }));
  if (end === 'released') {
    await attempt.beforeRelease?.();
    const released = await releaseJob(job, attempt.token, lines);
    onEnd({ outcome: released ? 'released' : 'lost', log: lines });
    throw new WaitingError();
  }
  if (end.kind === 'returned') {
    onEnd({ outcome: 'completed', log: lines });
    return end.result;
  }
  onEnd({ outcome: isFinal(job, end.error) ? 'failed' : 'retried', error: end.error, log: lines });
  throw failureOf(end.error);
}

/** attemptLog has the ids of job and attempt in every line. */
export const attemptLog = (queue: Queue, job: Job, log: JobLog): JobLog =>
  withFields(log, { job_id: publicId(queue, job), job_name: queue.name, attempt: job.attemptsMade + 1 });

const publicId = (queue: Queue, job: Job): string => publicJobId({ queue: queue.name, id: ownId(job.id ?? '') });

const isFinal = (job: Job, error: unknown): boolean =>
  isUnrecoverable(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);

/** Checks the job's data and makes the handler's context of it; data that no attempt can cure fails the job at once. */
function open<P extends z.ZodType, R>(attempt: Attempt<P, R>, log: JobLog) {
  const { queue, job, running, instanceName } = attempt;
  try {
    const { payload, sealed } = unseal(queue, job.data);
    return {
      payload,
      attempt: job.attemptsMade + 1,
      signal: running.signal,
      requestId: sealed.request_id ?? undefined,
      jobId: publicId(queue, job),
      instanceName,
      progress: async (percent: number) => {
        running.signal.throwIfAborted();
        await attempt.report(Math.min(100, Math.max(0, percent)));
      },
    };
  } catch (error) {
    const retry = mayFitAnotherWorker(queue, job.data);
    const outcome = retry && !isFinal(job, error) ? 'retried' : 'failed';
    attempt.onEnd({ outcome, error, log });
    if (retry) throw failureOf(error);
    throw new UnrecoverableError(messageOf(error));
  }
}

/**
 * `releaseJob` puts the job back at the head of the queue and releases its lock in one step, so that another worker takes it
 * now and not when the lock expires. Never rejects, and answers false when it could not: then the lock expires, which is slower
 * and still right.
 */
export async function releaseJob(job: Job, token: string | undefined, log: JobLog): Promise<boolean> {
  try {
    await job.moveToWait(token);
    log.info({}, 'job released to the queue');
    return true;
  } catch (error) {
    // Redis has no lock of ours: it was released, and the answer lost, or the lock had expired.
    if (finishedCode(error) !== undefined) return true;
    log.warn({ err: errorOf(error) }, 'job could not be released; another worker takes it when its lock expires');
    return false;
  }
}

/**
 * `putOffJob` puts the job back to be taken in `ms` milliseconds, and releases its lock in one step; its attempt does not count.
 * Never rejects.
 */
export async function putOffJob(job: Job, token: string | undefined, ms: number, log: JobLog): Promise<void> {
  try {
    await job.moveToDelayed(Date.now() + ms, token);
    log.info({ delay_ms: ms }, 'job put off: others run here that do not end, and it has to run alone');
  } catch (error) {
    if (finishedCode(error) === undefined)
      log.warn({ err: errorOf(error) }, 'job could not be put off; another worker takes it when its lock expires');
  }
}

/** Recognized by its name too, as BullMQ does: a handler may have another copy of it. */
function isUnrecoverable(thrown: unknown): boolean {
  const error = errorOf(thrown);
  return error instanceof UnrecoverableError || error.name === 'UnrecoverableError';
}

/**
 * failureOf is the Error that BullMQ gets for what an attempt threw. Never the thrown value itself: BullMQ reads `.message` of
 * whatever it is, and takes some names and one text for orders of its own, after which the job stays active until its
 * lock runs out.
 */
function failureOf(thrown: unknown): Error {
  const thrownMessage = messageOf(thrown);
  const message = thrownMessage === RATE_LIMIT_ERROR ? `the handler said ${thrownMessage}` : thrownMessage;
  const failure = isUnrecoverable(thrown) ? new UnrecoverableError(message) : new Error(message);
  const { stack } = errorOf(thrown);
  if (stack !== undefined) failure.stack = stack;
  return failure;
}
