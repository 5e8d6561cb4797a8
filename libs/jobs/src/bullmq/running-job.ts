import { within } from '@nestfleet/timing';
import { JobsError, type JobsErrorCode } from '../errors.ts';

/** Long enough for a handler that listens to its signal to stop; the next worker starts the job only after it. */
const STOP_GRACE_MS = 250;

export type StopReason = Extract<JobsErrorCode, 'worker_shutdown' | 'lock_lost'>;
export type RunEnd<R> =
  { readonly kind: 'returned'; readonly result: R } | { readonly kind: 'threw'; readonly error: unknown };

/** RunningJob is one attempt under way, and the ways to take it from its handler. */
export class RunningJob<R> {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private isGivenUp = false;
  private readonly released = Promise.withResolvers<'released'>();

  constructor() {
    this.signal = this.controller.signal;
  }

  /** Aborts the handler's signal with `code`. With `worker_shutdown` its attempt no longer counts. */
  stop(code: StopReason): void {
    this.controller.abort(new JobsError(code, 'The job was taken from this worker'));
    if (code === 'worker_shutdown') this.released.resolve('released');
  }

  /** From now on the job is to be another's: its lock is neither renewed nor regained. */
  giveUp(): void {
    this.isGivenUp = true;
  }

  get givenUp(): boolean {
    return this.isGivenUp;
  }

  /**
   * Runs the handler. Answers `released` when the job is to be released; a handler that ends well in its last moments has
   * done the job, one that throws then was only interrupted.
   */
  async run(handler: () => Promise<R>): Promise<RunEnd<R> | 'released'> {
    const ended = settle(handler);
    const first = await Promise.race([ended, this.released.promise]);
    if (first !== 'released') return first;
    const last = (await within(ended, STOP_GRACE_MS)) ? await ended : undefined;
    return last?.kind === 'returned' ? last : 'released';
  }
}

async function settle<R>(handler: () => Promise<R>): Promise<RunEnd<R>> {
  try {
    const result = await handler();
    // BullMQ does so when the attempt counts as done; what throws here is no result.
    JSON.stringify(result);
    return { kind: 'returned', result };
  } catch (error) {
    return { kind: 'threw', error };
  }
}
