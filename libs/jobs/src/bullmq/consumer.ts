import { errorOf } from '@nestfleet/contracts';
import { within } from '@nestfleet/timing';
import { type Job, WaitingError, Worker } from 'bullmq';
import type { z } from 'zod';
import type { Consumer, ConsumeOptions, JobHandler, SettledAttempt } from '../consumer.ts';
import { type JobLog, withFields } from '../log.ts';
import type { Queue } from '../queue.ts';
import { publicId, releaseJob, runAttempt } from './attempt.ts';
import type { BullConnection } from './connection.ts';
import type { QueueKeys } from './keys.ts';
import { RunningJob } from './running-job.ts';
import { RunningJobs } from './running-jobs.ts';

/** A lock is renewed every 15 s; a worker that is gone loses its jobs after 30 s. A job may lose three workers. */
const LOCK_MS = 30_000;
const STALLED_INTERVAL_MS = 30_000;
const STALLED_MAX = 3;
/** After a command failed for want of a connection; BullMQ's own 15 s would leave the queue idle that long. */
const RETRY_DELAY_MS = 1_000;
/** Releasing jobs and disconnecting, each. With Redis unreachable neither ends by itself. */
const LAST_STEP_MS = 1_400;

export interface ConsumerParts<P extends z.ZodType, R extends z.ZodType> {
  readonly queue: Queue<P, R>;
  readonly keys: QueueKeys;
  readonly connection: BullConnection;
  readonly handler: JobHandler<z.output<P>, z.output<R>>;
  readonly instanceName: string;
  readonly log: JobLog;
  readonly options: ConsumeOptions;
}

/** ShutdownWorker can stop renewing locks: BullMQ's close waits for a connection that may not come back, and renews them for as long. */
class ShutdownWorker extends Worker {
  abandonLocks(): Promise<void> {
    return this.lockManager.close();
  }
}

/** `startConsumer` starts a BullMQ worker on a queue. */
export function startConsumer<P extends z.ZodType, R extends z.ZodType>(parts: ConsumerParts<P, R>): Consumer {
  const { queue, keys, handler, instanceName, options } = parts;
  const log = withFields(parts.log, { queue: queue.name });
  const running = new RunningJobs();
  let paused = false;
  let closing: Promise<void> | undefined;

  /** What a listener does wrong is no fault of the job. */
  const notifySettled = (settled: SettledAttempt): void => {
    try {
      options.onSettled?.(settled);
    } catch (error) {
      log.error({ err: errorOf(error) }, 'onSettled threw');
    }
  };

  const process = async (job: Job, token?: string): Promise<unknown> => {
    // BullMQ's pause lets one fetch that is under way through.
    if (paused) {
      await releaseJob(job, token, withFields(log, { job_id: publicId(queue, job) }));
      throw new WaitingError();
    }
    const mine = new RunningJob<z.output<R>>();
    const remove = running.add(job.id ?? '', mine);
    const startedMs = performance.now();
    try {
      return await runAttempt({
        queue,
        job,
        token,
        handler,
        instanceName,
        log,
        running: mine,
        onSettled: (outcome) => notifySettled({ name: queue.name, outcome, durationMs: performance.now() - startedMs }),
      });
    } finally {
      remove();
    }
  };

  const worker = new ShutdownWorker(queue.name, process, {
    connection: parts.connection,
    prefix: keys.prefix,
    name: instanceName,
    concurrency: queue.descriptor.concurrency,
    lockDuration: LOCK_MS,
    maxStalledCount: STALLED_MAX,
    stalledInterval: STALLED_INTERVAL_MS,
    runRetryDelay: RETRY_DELAY_MS,
  });
  worker.on('error', (error) => log.warn({ err: errorOf(error) }, 'worker reports a fault'));
  worker.on('stalled', (jobId) => log.warn({ bull_id: jobId }, 'a job had lost its worker and waits again'));
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) running.stop(id, 'lock_lost');
  });

  const pauseWorker = async (): Promise<void> => {
    paused = true;
    await worker.pause(true);
  };
  const resumeWorker = async (): Promise<void> => {
    if (!paused || closing !== undefined) return;
    paused = false;
    // Waits for Redis; the taking of jobs does so by itself.
    await within(worker.resume(), LAST_STEP_MS);
  };
  const close = async (timeoutMs: number): Promise<void> => {
    await pauseWorker();
    if (!(await within(running.idle(), timeoutMs))) {
      log.info({ jobs: running.size }, 'releasing running jobs to the queue');
      running.stopAll('worker_shutdown');
      await within(running.idle(), LAST_STEP_MS);
    }
    // A polite close waits for an `end` event, which a client without a socket never emits.
    const unreachable = parts.connection.status !== 'ready';
    if (await within(worker.close(unreachable), LAST_STEP_MS)) return;
    await worker.abandonLocks();
    log.warn({}, 'Redis unreachable: closing without releasing job locks');
  };
  return {
    pause: pauseWorker,
    resume: resumeWorker,
    get running() {
      return running.size;
    },
    close: (timeoutMs) => (closing ??= close(timeoutMs)),
  };
}
