import type { RunningJob, StopReason } from './running-job.ts';
import { Slots } from './slots.ts';

type Stoppable = Pick<RunningJob<unknown>, 'stop'>;

/**
 * RunningJobs are the attempts that this consumer holds: from the moment that a job is taken until Redis has what became of it.
 * Kept by attempt, because one job may be here twice: the attempt that lost it, and the next one.
 */
export class RunningJobs<A extends Stoppable> {
  private readonly attempts = new Slots<A>();
  private waiting: (() => void)[] = [];

  get size(): number {
    return this.attempts.size;
  }

  get all(): readonly A[] {
    return this.attempts.all();
  }

  add(attempt: A): void {
    this.attempts.add(attempt);
  }

  find(fits: (attempt: A) => boolean): A | undefined {
    return this.attempts.find(fits);
  }

  has(attempt: A): boolean {
    return this.attempts.has(attempt);
  }

  remove(attempt: A): void {
    this.attempts.delete(attempt);
    if (this.attempts.size > 0) return;
    for (const wake of this.waiting) wake();
    this.waiting = [];
  }

  stopAll(reason: StopReason): void {
    for (const attempt of this.attempts.all()) attempt.stop(reason);
  }

  /** Resolves when none is left. */
  idle(): Promise<void> {
    if (this.attempts.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
