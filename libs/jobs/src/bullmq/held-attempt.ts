import type { AttemptEnd } from './attempt.ts';
import { RunningJob } from './running-job.ts';
import type { Lease } from './worker-scripts.ts';

/** HeldAttempt is one start of a job on this worker, held until Redis has how it ended. */
export class HeldAttempt<R> extends RunningJob<R> {
  readonly lease: Lease;
  private readonly startedMs = performance.now();
  private endedWith: (AttemptEnd & { readonly atMs: number }) | undefined;

  constructor(lease: Lease) {
    super();
    this.lease = lease;
  }

  /** The handler is done with it. */
  ended(end: AttemptEnd): void {
    this.endedWith = { ...end, atMs: performance.now() };
  }

  get end(): AttemptEnd | undefined {
    return this.endedWith;
  }

  /** Of the handler: how long Redis refused its result is not in it. */
  get durationMs(): number {
    return (this.endedWith?.atMs ?? performance.now()) - this.startedMs;
  }
}
