import type { AttemptEnd } from './attempt.ts';
import { RunningJob } from './running-job.ts';
import type { SoloAttempt } from './solo.ts';
import type { Lease } from './worker-scripts.ts';

/** HeldAttempt is one start of a job on this worker, held until Redis has how it ended. */
export class HeldAttempt<R> extends RunningJob<R> implements SoloAttempt {
  readonly lease: Lease;
  readonly queue: string;
  /** As BullMQ has it. */
  readonly job: object | undefined;
  private readonly startedMs = performance.now();
  private endedWith: AttemptEnd | undefined;
  private endedMs: number | undefined;

  constructor(lease: Lease, queue: string, job?: object) {
    super();
    this.lease = lease;
    this.queue = queue;
    this.job = job;
  }

  /** The handler is done with it. */
  ended(end: AttemptEnd): void {
    this.endedWith = end;
    this.endedMs = performance.now();
  }

  get end(): AttemptEnd | undefined {
    return this.endedWith;
  }

  /** Of the handler: how long Redis refused its result is not in it. */
  get durationMs(): number {
    return (this.endedMs ?? performance.now()) - this.startedMs;
  }
}
