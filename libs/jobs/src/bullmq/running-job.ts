import { startDeadline } from '@nestfleet/timing';
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
  private controller: AbortController | undefined;
  /** Of work that is waited for now. */
  private interruptions: Set<(reason: JobsError) => void> | undefined;
  private stopReason: JobsError | undefined;
  private isStopped = false;
  private isShutdown = false;
  /** Of who waits for that now. */
  private onStopped: (() => void) | undefined;
  private onShutdown: (() => void) | undefined;
  private isGivenUp = false;
  private handling: Promise<unknown> | undefined;

  /** The first `stop`, undefined before. */
  get reason(): JobsError | undefined {
    return this.stopReason;
  }

  /** Aborted with the reason. Made for who asks for it: it costs more than most of what else is done for an attempt. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.stopReason !== undefined) this.controller.abort(this.stopReason);
    }
    return this.controller.signal;
  }

  /** Ends as the work does, or rejects with the reason as soon as there is one. */
  unlessStopped<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.stopReason !== undefined) reject(this.stopReason);
      const interruptions = (this.interruptions ??= new Set());
      interruptions.add(reject);
      const end = <A>(settle: (how: A) => void, how: A): void => {
        interruptions.delete(reject);
        settle(how);
      };
      work.then(
        (answer) => end(resolve, answer),
        (fault: unknown) => end(reject, fault),
      );
    });
  }

  /**
   * Aborts the handler's signal with `code`. Who has only lost the lock goes on; with `worker_shutdown` the attempt no longer
   * counts.
   */
  stop(code: StopReason): void {
    if (this.stopReason === undefined) {
      this.stopReason = new JobsError(code, WORDS[code]);
      this.controller?.abort(this.stopReason);
      for (const interrupt of this.interruptions ?? []) interrupt(this.stopReason);
    }
    if (code !== 'lock_lost') this.leaveHandler();
    if (code === 'worker_shutdown') {
      this.isShutdown = true;
      this.onShutdown?.();
    }
  }

  /** Whether somebody asked to cancel the job, before anything else stopped it. */
  get isCancelled(): boolean {
    return this.stopReason?.code === 'cancelled';
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
      const ended = this.settle(handler);
      this.handling = ended;
      // One promise, and not a race of two: each attempt passes here.
      const first = await new Promise<RunEnd<R> | 'stopped'>((resolve) => {
        void ended.then(resolve);
        this.onStopped = () => resolve('stopped');
        if (this.isStopped) resolve('stopped');
      });
      if (first !== 'stopped') return first;
      const last = (await this.endsInTime(ended)) ? await ended : undefined;
      if (last?.kind === 'returned') return last;
      const error = this.stopReason;
      return error?.code === 'worker_shutdown' ? 'released' : { kind: 'threw', error };
    } finally {
      cancelLimit();
    }
  }

  private async settle(handler: () => Promise<R>): Promise<RunEnd<R>> {
    try {
      return { kind: 'returned', result: await handler() };
    } catch (error) {
      // One that throws before it waits comes here before its promise is known.
      await Promise.resolve();
      return { kind: 'threw', error };
    } finally {
      this.handling = undefined;
    }
  }

  private leaveHandler(): void {
    this.isStopped = true;
    this.onStopped?.();
  }

  /** One deadline at a time, and none is left behind: it would keep a process alive that has nothing else to do. */
  private async endsInTime(ended: Promise<unknown>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const isLate = (): void => resolve(false);
    let cancel = startDeadline(END_GRACE_MS, isLate);
    const hurry = (): void => {
      this.onShutdown = undefined;
      cancel();
      cancel = startDeadline(STOP_GRACE_MS, isLate);
    };
    if (this.isShutdown) hurry();
    else this.onShutdown = hurry;
    void ended.then(() => resolve(true));
    try {
      return await promise;
    } finally {
      this.onShutdown = undefined;
      cancel();
    }
  }
}
