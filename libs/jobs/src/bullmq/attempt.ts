import { errorOf, messageOf } from '@nestfleet/contracts';
import { type Job, RATE_LIMIT_ERROR, UnrecoverableError, WaitingError } from 'bullmq';
import type { z } from 'zod';
import type { AttemptOutcome, JobHandler } from '../consumer.ts';
import { mayFitAnotherWorker, unseal } from '../envelope.ts';
import { publicJobId } from '../job-id.ts';
import { type JobLog, withFields } from '../log.ts';
import type { Queue } from '../queue.ts';
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
  readonly onSettled: (outcome: AttemptOutcome) => void;
}

/** `runAttempt` runs one attempt as BullMQ's processor expects it: returns the result, or throws what makes BullMQ retry, fail or release. */
export async function runAttempt<P extends z.ZodType, R>(attempt: Attempt<P, R>): Promise<R> {
  const { queue, job, running, onSettled } = attempt;
  const log = withFields(attempt.log, {
    job_id: publicId(queue, job),
    job_name: queue.name,
    attempt: job.attemptsMade + 1,
  });
  const opened = open(attempt, log);
  const lines = withFields(log, opened.requestId === undefined ? {} : { request_id: opened.requestId });
  const startedMs = performance.now();
  lines.debug({}, 'job started');
  const end = await running.run(() => attempt.handler({ ...opened, log: lines }));
  const duration_ms = Math.round(performance.now() - startedMs);
  if (end === 'released') {
    await releaseJob(job, attempt.token, lines);
    onSettled('released');
    throw new WaitingError();
  }
  if (end.kind === 'returned') {
    lines.info({ duration_ms }, 'job completed');
    onSettled('completed');
    return end.result;
  }
  const outcome = isFinal(job, end.error) ? 'failed' : 'retried';
  lines.warn({ duration_ms, err: errorOf(end.error), outcome }, 'job attempt failed');
  onSettled(outcome);
  throw failureOf(end.error);
}

export const publicId = (queue: Queue, job: Job): string => publicJobId({ queue: queue.name, id: ownId(job.id ?? '') });

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
        await job.updateProgress(Math.min(100, Math.max(0, percent)));
      },
    };
  } catch (error) {
    const retry = mayFitAnotherWorker(queue, job.data);
    const outcome = retry && !isFinal(job, error) ? 'retried' : 'failed';
    log.error({ err: errorOf(error), outcome }, 'job data refused');
    attempt.onSettled(outcome);
    if (retry) throw failureOf(error);
    throw new UnrecoverableError(messageOf(error));
  }
}

/**
 * `releaseJob` puts the job back at the head of the queue and releases its lock in one step, so that another worker takes it
 * now and not after the lock's 30 s. Never rejects: then the lock expires, which is slower and still right.
 */
export async function releaseJob(job: Job, token: string | undefined, log: JobLog): Promise<void> {
  try {
    await job.moveToWait(token);
    log.info({}, 'job released to the queue');
  } catch (error) {
    log.warn({ err: errorOf(error) }, 'job could not be released; another worker takes it when its lock expires');
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
