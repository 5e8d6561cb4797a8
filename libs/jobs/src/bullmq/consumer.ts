import { errorOf } from '@nestfleet/contracts';
import { redisFault } from '@nestfleet/redis';
import { within } from '@nestfleet/timing';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { z } from 'zod';
import type { Consumer, ConsumeOptions, JobHandler } from '../consumer.ts';
import { type JobLog, withFields } from '../log.ts';
import type { Queue } from '../queue.ts';
import { type AttemptEnd, attemptLog, putOffJob, releaseJob, runAttempt } from './attempt.ts';
import { Cancelling } from './cancelling.ts';
import type { BullConnection } from './connection.ts';
import { finishedCode, isLost } from './finished-code.ts';
import { HeldAttempt } from './held-attempt.ts';
import type { QueueKeys } from './keys.ts';
import { LockRenewal } from './lock-renewal.ts';
import { NewerJobs } from './newer-jobs.ts';
import { patientBackend } from './patient-backend.ts';
import { isRefusedConnect, type RefusalLines, Refusals } from './refusals.ts';
import { KEEP_OTHERS } from './retention.ts';
import { onceOf } from './run-once.ts';
import { RunningJobs } from './running-jobs.ts';
import { settledReport } from './settled-report.ts';
import { type Solo } from './solo.ts';
import { type AloneEnd, runAlone } from './run-alone.ts';
import { decideStart } from './start.ts';
import type { Unwritten } from './settle-end.ts';
import { type SettleHooks, SettlingWorker } from './settling-worker.ts';
import { Sweep, sweepEveryMs } from './sweep.ts';
import { visibilityTimes } from './visibility.ts';
import { Watchdog } from './watchdog.ts';
import { WAKE, workerScripts } from './worker-scripts.ts';

/** As good as never: how often a worker may die with a job is not for BullMQ to say, who counts those beside it. */
const STALLED_MAX = 1_000_000;
/** How often an end is written that Redis takes for one of a job which is not ours, and says that it is. */
const SETTLE_TIMES_MAX = 5;
/** After a command failed for want of a connection; BullMQ's own 15 s would leave the queue idle that long. */
const RETRY_DELAY_MS = 1_000;
/** How long Redis may take to note that a job begins alone. */
const BEGUN_WITHIN_MS = 1_000;
/** Releasing jobs and disconnecting, each. With Redis unreachable neither ends by itself. */
const LAST_STEP_MS = 1_400;

export interface ConsumerParts<P extends z.ZodType, R extends z.ZodType> {
  readonly queue: Queue<P, R>;
  readonly keys: QueueKeys;
  readonly connection: BullConnection;
  readonly handler: JobHandler<z.output<P>, z.output<R>>;
  readonly instanceName: string;
  readonly log: JobLog;
  readonly visibilityMs: number;
  readonly deathsMax: number;
  /** Of the process: all of its consumers share it. */
  readonly solo: Solo;
  readonly refusalLines: RefusalLines;
  /** Jobs that could be taken now, asked for on another connection than the consumer's. Rejects when that has no answer. */
  readonly waiting: () => Promise<number>;
  readonly options: ConsumeOptions;
  /** How long completed jobs may be kept with the memory that the server of the queue has left, milliseconds. */
  readonly keepAtMostMs: () => number;
  /** Called once it takes no jobs and runs none any more. */
  readonly onClosed: () => void;
}

/** `startConsumer` starts a BullMQ worker on a queue. */
export function startConsumer<P extends z.ZodType, R extends z.ZodType>(parts: ConsumerParts<P, R>): Consumer {
  const { queue, keys, handler, instanceName, visibilityMs, solo } = parts;
  const log = withFields(parts.log, { queue: queue.name });
  const { lockMs, renewalMs, stalledIntervalMs, stalledRestMs, aloneWithinMs, allWithinMs, putBackRestMs, putOffMs } =
    visibilityTimes(visibilityMs);
  const running = new RunningJobs<HeldAttempt<z.output<R>>>();
  const refusals = new Refusals(log, Math.random, () => performance.now(), parts.refusalLines);
  const scripts = workerScripts(parts.connection, keys, lockMs, queue.bounds);
  const cancelling = new Cancelling({ scripts, refusals });
  const attemptOf = (job: Job) => running.find((attempt) => attempt.job === job);
  const settled = settledReport({ name: queue.name, log, onSettled: parts.options.onSettled });
  const newer = new NewerJobs(queue, log);
  let paused = false;
  /** Aborted by a pause: what waits until it is alone is another worker's then. */
  let pausing = new AbortController();
  let closing: Promise<void> | undefined;
  const isClosed = (): boolean => solo.isClosed(queue.name);
  const watchdog = new Watchdog({
    queue: queue.name,
    connection: parts.connection,
    key: keys.wait,
    waiting: parts.waiting,
    isReady: () => !paused && !isClosed() && !refusals.present && running.size < queue.descriptor.concurrency,
    onRebuilt: parts.options.onRebuilt,
    log,
  });

  const wake = (): Promise<void> => scripts.returnMarker(WAKE);
  const leave = (attempt: HeldAttempt<z.output<R>>): void => solo.leave(attempt, attempt.handler);

  const report = async (attempt: HeldAttempt<z.output<R>>, percent: number): Promise<void> => {
    // Of a handler that goes on; nobody may be there to catch a fault.
    if (attempt.end) return;
    try {
      const held =
        (await scripts.reportProgress(attempt.lease, percent)) || (await renewal.recheck(attempt)) === 'held';
      if (!held && attempt.reason !== undefined) throw attempt.reason;
    } catch {
      if (attempt.reason !== undefined) throw attempt.reason;
      // The next report says more than this one; a handler must not fail for it.
    }
  };

  const process = async (job: Job, token?: string): Promise<unknown> => {
    const attempt = attemptOf(job);
    const ownLog = attemptLog(queue, job, log);
    /** Before Redis is asked, which may take its time. */
    const giveUp = (): void => {
      attempt?.giveUp();
      if (attempt) leave(attempt);
    };
    const release = async (): Promise<never> => {
      giveUp();
      await releaseJob({ job, token, log: ownLog, wake });
      throw new WaitingError();
    };
    const putOff = async (): Promise<never> => {
      giveUp();
      await putOffJob(job, token, putOffMs, ownLog);
      throw new WaitingError();
    };
    if (attempt === undefined) return release();
    // Asked for while another worker had it, or before its last attempt had ended.
    if (job.attemptsStarted > 1 && (await cancelling.end(attempt, ownLog))) throw new WaitingError();
    if (newer.isNewer(job) && (await newer.leave(job, token, giveUp))) throw new DelayedError();
    // Its result may be held for long; others need not wait for that.
    const onEnd = (end: AttemptEnd): void => {
      attempt.ended(end);
      leave(attempt);
    };
    /** One that runs alone leaves `solo` by `over`. */
    const run = (over?: (how: AloneEnd) => Promise<void>) =>
      runAttempt({
        queue,
        job,
        token,
        handler,
        instanceName,
        log: ownLog,
        running: attempt,
        wake,
        report: (percent) => report(attempt, percent),
        get once() {
          return onceOf({
            attempt,
            scripts,
            refusals,
            recheck: async () => (await renewal.recheck(attempt)) === 'held',
          });
        },
        endCancelled: (lines) => {
          // Not waited for, as the attempt has ended; who runs it alone does.
          if (over) void over('ended');
          else leave(attempt);
          return cancelling.end(attempt, lines);
        },
        beforeRelease: async () => {
          if (over === undefined) return giveUp();
          attempt.giveUp();
          await over('released');
        },
        onEnd: over ? (end) => attempt.ended(end) : onEnd,
      });
    // BullMQ's pause lets one fetch that is under way through.
    const suspect = job.stalledCounter > 0;
    const start = decideStart({ paused, suspect, closed: isClosed(), rests: solo.rests(queue.name) });
    if (start === 'release') return release();
    if (start === 'together') return run();
    return runAlone({
      attempt,
      solo,
      times: { withinMs: aloneWithinMs, allWithinMs, putBackRestMs, begunWithinMs: BEGUN_WITHIN_MS },
      signal: AbortSignal.any([attempt.signal, pausing.signal]),
      scripts,
      refusals,
      release,
      putOff,
      run,
      onEnd,
      deathsMax: parts.deathsMax,
      log: ownLog,
      mayStart: () => !paused,
    });
  };

  const hooks: SettleHooks = {
    taken: (job, token) => {
      const { id: bullId = '', attemptsStarted: starts, attemptsMade: attemptsEnded } = job;
      const attempt = new HeldAttempt<z.output<R>>({ bullId, token, starts, attemptsEnded }, queue.name, job);
      watchdog.fetched();
      Object.assign(job.opts, KEEP_OTHERS);
      running.add(attempt);
      solo.enter(attempt);
    },
    settled: (job, error) => {
      const attempt = attemptOf(job);
      // A job that BullMQ failed by itself has had no attempt here.
      const end = attempt?.end ?? { outcome: 'failed', error, log: attemptLog(queue, job, log) };
      const unbegun = attempt?.end === undefined && (error instanceof WaitingError || error instanceof DelayedError);
      if (attempt && !unbegun) settled(end, attempt.durationMs);
    },
    unwritten: async (job, error, times) => {
      const attempt = attemptOf(job);
      const found = attempt === undefined ? 'lost' : await lookAfter(attempt, error, times);
      if (found === 'lost' && attempt?.end) settled({ ...attempt.end, outcome: 'lost', error }, attempt.durationMs);
      if (found === 'never') attempt?.ended({ outcome: 'failed', error, log: attemptLog(queue, job, log) });
      return found;
    },
    over: (job) => {
      const attempt = attemptOf(job);
      if (!attempt) return;
      running.remove(attempt);
      // Its handler may go on.
      attempt.giveUp();
      leave(attempt);
    },
    mayFetch: () => !isClosed(),
  };
  /** BullMQ answers with a number what keeps it from settling; all else is no answer, and the lock expires. */
  const lookAfter = async (attempt: HeldAttempt<z.output<R>>, error: unknown, times: number): Promise<Unwritten> => {
    const code = finishedCode(error);
    if (code === undefined || times > SETTLE_TIMES_MAX) return 'lost';
    if (!isLost(code)) return attempt.end?.outcome === 'completed' ? 'never' : 'lost';
    try {
      if (times > 1) await refusals.pause();
      const found = await refusals.untilTaken('settle', () => renewal.recheck(attempt));
      return found === 'held' ? 'again' : found === 'settled' ? 'written' : 'lost';
    } catch {
      // Closed meanwhile.
      return 'lost';
    }
  };

  const told = { onBlocking: watchdog.blocking, onPolled: () => watchdog.polled() };
  const backendParts = { keys, refusals, isClosed, scripts, stalledRestMs, ...told };
  const worker = new SettlingWorker(
    queue.name,
    process,
    {
      connection: parts.connection,
      prefix: keys.prefix,
      name: instanceName,
      concurrency: queue.descriptor.concurrency,
      lockDuration: lockMs,
      maxStalledCount: STALLED_MAX,
      stalledInterval: stalledIntervalMs,
      runRetryDelay: RETRY_DELAY_MS,
      skipLockRenewal: true,
    },
    { hooks, backend: patientBackend(backendParts) },
  );
  const renewal = new LockRenewal({
    running,
    refusals,
    scripts,
    renewalMs,
    extend: (bullIds, tokens) => worker.extendJobLocks(bullIds, tokens, lockMs),
  });
  const reportFault = (error: unknown): void => {
    if (isRefusedConnect(error)) return refusals.refusedBy('connect', error, performance.now());
    // Each attempt to connect would be a line; the log of the connection has one for all of them.
    const isAway = redisFault(error)?.link === 'away';
    log[isAway ? 'debug' : 'warn']({ err: errorOf(error) }, 'worker reports a fault');
  };
  worker.on('error', reportFault);
  worker.on('stalled', (jobId) => log.warn({ bull_id: jobId }, 'a job had lost its worker and waits again'));
  worker.run().catch(reportFault);
  void renewal.run();
  const sweep = new Sweep({ scripts, everyMs: sweepEveryMs(queue.bounds), keepAtMostMs: parts.keepAtMostMs, log });
  void sweep.run();
  watchdog.start();

  const pauseWorker = async (): Promise<void> => {
    paused = true;
    pausing.abort();
    await worker.pause(true);
  };
  const resumeWorker = async (): Promise<void> => {
    if (!paused || closing !== undefined) return;
    paused = false;
    pausing = new AbortController();
    // Waits for Redis; the taking of jobs does so by itself.
    await within(worker.resume(), LAST_STEP_MS);
  };
  const close = async (timeoutMs: number): Promise<void> => {
    sweep.stop();
    watchdog.stop();
    await pauseWorker();
    if (!(await within(running.idle(), timeoutMs))) {
      log.info({ jobs: running.size }, 'releasing running jobs to the queue');
      running.stopAll('worker_shutdown');
      await within(running.idle(), LAST_STEP_MS);
    }
    // What Redis still refuses is given up: another worker does it when the lock expires.
    refusals.close();
    // A polite close waits for an `end` event, which a client without a socket never emits.
    const unreachable = parts.connection.status !== 'ready';
    const closed = await within(worker.close(unreachable), LAST_STEP_MS);
    // Not before: until then a handler that is deaf to its signal has its lock.
    renewal.stop();
    parts.onClosed();
    if (closed) return;
    log.warn({}, 'Redis unreachable: closing without releasing job locks');
  };
  return {
    pause: pauseWorker,
    resume: resumeWorker,
    get running() {
      return running.size;
    },
    get fault() {
      return watchdog.fault;
    },
    close: (timeoutMs) => (closing ??= close(timeoutMs)),
  };
}
