import { startDeadline, within } from '@nestfleet/timing';
import { JobsError, type JobsErrorCode } from '../errors.ts';

/** Long enough for a handler that listens to its signal to stop; the next worker starts the job only after it. */
const STOP_GRACE_MS = 250;
/** For a handler that cleans up, where nothing waits for it but its own slot. */
const END_GRACE_MS = 5_000;

export type StopReason = Extract<JobsErrorCode, 'worker_shutdown' | 'lock_lost' | 'time_limit' | 'cancelled'>;
export type RunEnd<R> =
  { readonly kind: 'returned'; readonly result: R } | { readonly kind: 'threw'; readonly error: unknown };

const WORDS: Readonly<Record<StopReason, string>> = {
  worker_shutdown: 'The job was taken from this worker',
  lock_lost: 'The job was taken from this worker',
  time_limit: 'The attempt took longer than its time limit',
  cancelled: 'The job was cancelled',
};

/** RunningJob is one attempt under way, and the ways to take it from its handler. */
export class RunningJob<R> {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private readonly stopped = Promise.withResolvers<'stopped'>();
  private readonly shutdown = Promise.withResolvers<void>();
  private isGivenUp = false;
  private handling: Promise<unknown> | undefined;

  constructor() {
    this.signal = this.controller.signal;
  }

  /**
   * Aborts the handler's signal with `code`. Who has only lost the lock goes on; with `worker_shutdown` the attempt no longer
   * counts.
   */
  stop(code: StopReason): void {
    this.controller.abort(new JobsError(code, WORDS[code]));
    if (code !== 'lock_lost') this.stopped.resolve('stopped');
    if (code === 'worker_shutdown') this.shutdown.resolve();
  }

  /** Whether somebody asked to cancel the job, before anything else stopped it. */
  get isCancelled(): boolean {
    return hasCode(this.signal.reason, 'cancelled');
  }

  /** From now on the job is to be another's: its lock is neither renewed nor regained. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  get givenUp(): boolean {
    return this.isGivenUp;
  }

  /** The handler, until it has ended; that may be after `run` has. Never rejects. */
  get handler(): Promise<unknown> | undefined {
    return this.handling;
  }

  /**
   * Runs the handler. Answers `released` when the job is to be released. A handler that ends well in its last moments has
   * done the job, one that throws then was only interrupted; what it does after them is not waited for.
   */
  async run(handler: () => Promise<R>, timeLimitMs: number): Promise<RunEnd<R> | 'released'> {
    const cancelLimit = startDeadline(timeLimitMs, () => this.stop('time_limit'));
    try {
      const ended = settle(handler);
      this.handling = ended;
      void ended.then(() => (this.handling = undefined));
      const first = await Promise.race([ended, this.stopped.promise]);
      if (first !== 'stopped') return first;
      const last = (await this.endsInTime(ended)) ? await ended : undefined;
      if (last?.kind === 'returned') return last;
      const error: unknown = this.signal.reason;
      return hasCode(error, 'worker_shutdown') ? 'released' : { kind: 'threw', error };
    } finally {
      cancelLimit();
    }
  }

  private endsInTime(ended: Promise<unknown>): Promise<boolean> {
    const atShutdown = this.shutdown.promise.then(() => within(ended, STOP_GRACE_MS));
    return Promise.race([within(ended, END_GRACE_MS), atShutdown]);
  }
}

const hasCode = (error: unknown, code: StopReason): boolean => error instanceof JobsError && error.code === code;

async function settle<R>(handler: () => Promise<R>): Promise<RunEnd<R>> {
  try {
    return { kind: 'returned', result: await handler() };
  } catch (error) {
    return { kind: 'threw', error };
  }
}
