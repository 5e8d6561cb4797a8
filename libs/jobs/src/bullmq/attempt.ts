import { errorOf } from '@nestfleet/contracts';
import { type Job, RATE_LIMIT_ERROR, UnrecoverableError, WaitingError } from 'bullmq';
import type { z } from 'zod';
import type { AttemptOutcome, JobContext, JobHandler } from '../consumer.ts';
import type { Once } from '../effects.ts';
import { unseal } from '../envelope.ts';
import { publicJobId } from '../job-id.ts';
import { type JobLog, withFields } from '../log.ts';
import type { Queue } from '../queue.ts';
import { checkedResult, isResultFault } from '../result.ts';
import { boundedError, cutToBytes, wordsOfThrown } from '../words.ts';
import { finishedCode } from './finished-code.ts';
import { ownId } from './keys.ts';
import type { RunEnd, RunningJob } from './running-job.ts';

/** Attempt is what one attempt needs; the job is BullMQ's, locked with `token`. */
export interface Attempt<P extends z.ZodType, R extends z.ZodType> {
  readonly queue: Queue<P, R>;
  readonly job: Job;
  readonly token: string | undefined;
  readonly running: RunningJob<z.output<R>>;
  readonly handler: JobHandler<z.output<P>, z.output<R>>;
  readonly instanceName: string;
  /** With the ids of job and attempt in every line. */
  readonly log: JobLog;
  /** Writes progress down, in per cent. */
  readonly report: (percent: number) => Promise<void>;
  readonly once: Once;
  /** Ends the job as cancelled where somebody asked for it, and says so to `onEnd`. */
  readonly endCancelled: (log: JobLog) => Promise<boolean>;
  /** Wakes a worker that waits for a job. */
  readonly wake: () => Promise<void>;
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
export async function runAttempt<P extends z.ZodType, R extends z.ZodType>(
  attempt: Attempt<P, R>,
): Promise<z.output<R>> {
  const { queue, job, running, onEnd } = attempt;
  const context = open(attempt);
  const lines = context.log;
  lines.debug({}, 'job started');
  const end = await running.run(() => attempt.handler(context), queue.bounds.timeLimitMs);
  if (end === 'released') {
    await attempt.beforeRelease?.();
    const released = await releaseJob({ job, token: attempt.token, log: lines, wake: attempt.wake });
    onEnd({ outcome: released ? 'released' : 'lost', log: lines });
    throw new WaitingError();
  }
  const checked = end.kind === 'returned' ? checkedEnd(queue, end.result) : end;
  if (checked.kind === 'returned') {
    onEnd({ outcome: 'completed', log: lines });
    return checked.result;
  }
  // Moved elsewhere already: BullMQ writes nothing then.
  if (await attempt.endCancelled(lines)) throw new WaitingError();
  const error = boundedError(checked.error, queue.bounds.errorMaxBytes);
  onEnd({ outcome: isFinal(job, checked.error) ? 'failed' : 'retried', error, log: lines });
  throw failureOf(checked.error, queue.bounds.errorMaxBytes);
}

/** A result that cannot be kept is none. */
function checkedEnd<R extends z.ZodType>(queue: Queue<z.ZodType, R>, result: unknown): RunEnd<z.output<R>> {
  try {
    return { kind: 'returned', result: checkedResult(queue, result) };
  } catch (error) {
    return { kind: 'threw', error };
  }
}

/** attemptLog has the ids of job and attempt in every line. */
export const attemptLog = (queue: Queue, job: Job, log: JobLog): JobLog =>
  withFields(log, { job_id: publicId(queue, job), job_name: queue.name, attempt: job.attemptsMade + 1 });

const publicId = (queue: Queue, job: Job): string => publicJobId({ queue: queue.name, id: ownId(job.id ?? '') });

const isFinal = (job: Job, error: unknown): boolean =>
  isUnrecoverable(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);

/** Checks the job's data and makes the handler's context of it; data that no attempt can cure fails the job at once. */
function open<P extends z.ZodType, R extends z.ZodType>(attempt: Attempt<P, R>): JobContext<z.output<P>> {
  const { queue, job, running, instanceName, log } = attempt;
  try {
    const { payload, sealed } = unseal(queue, job.data);
    const requestId = sealed.request_id ?? undefined;
    return {
      payload,
      attempt: job.attemptsMade + 1,
      get signal() {
        return running.signal;
      },
      requestId,
      jobId: publicId(queue, job),
      instanceName,
      get once() {
        return attempt.once;
      },
      log: requestId === undefined ? log : withFields(log, { request_id: requestId }),
      progress: async (percent: number) => {
        if (running.reason !== undefined) throw running.reason;
        await attempt.report(Math.min(100, Math.max(0, percent)));
      },
    };
  } catch (error) {
    attempt.onEnd({ outcome: 'failed', error: boundedError(error, queue.bounds.errorMaxBytes), log });
    throw new UnrecoverableError(wordsOfThrown(error, queue.bounds.errorMaxBytes));
  }
}

/** Release is what giving a job back needs. */
export type Release = Pick<Attempt<z.ZodType, z.ZodType>, 'job' | 'token' | 'log' | 'wake'>;

/**
 * `releaseJob` puts the job back at the head of the queue and releases its lock in one step, so that another worker takes it
 * now and not when the lock expires. Never rejects, and answers false when it could not: then the lock expires, which is slower
 * and still right.
 */
export async function releaseJob({ job, token, log, wake }: Release): Promise<boolean> {
  try {
    await job.moveToWait(token);
    // BullMQ's script tells nobody of a job with a priority. Unless one is told each looks by itself, within 5 s.
    if ((job.opts.priority ?? 0) > 0) await wake().catch(() => undefined);
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
  return isResultFault(error) || error instanceof UnrecoverableError || error.name === 'UnrecoverableError';
}

/**
 * failureOf is the Error that BullMQ gets for what an attempt threw. Never the thrown value itself: BullMQ reads `.message` of
 * whatever it is, and takes some names and one text for orders of its own, after which the job stays active until its
 * lock runs out.
 */
function failureOf(thrown: unknown, maxBytes: number): Error {
  const thrownMessage = wordsOfThrown(thrown, maxBytes);
  const message = thrownMessage === RATE_LIMIT_ERROR ? `the handler said ${thrownMessage}` : thrownMessage;
  const failure = isUnrecoverable(thrown) ? new UnrecoverableError(message) : new Error(message);
  const { stack } = errorOf(thrown);
  if (stack !== undefined) failure.stack = cutToBytes(stack, maxBytes);
  return failure;
}
