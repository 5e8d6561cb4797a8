import type { RunningJob, StopReason } from './running-job.ts';

type Stoppable = Pick<RunningJob<unknown>, 'stop'>;

/** RunningJobs are the attempts under way in one consumer. */
export class RunningJobs {
  private readonly jobs = new Map<string, Stoppable>();
  private waiting: (() => void)[] = [];

  get size(): number {
    return this.jobs.size;
  }

  /** Answers the call that removes the job again. */
  add(id: string, job: Stoppable): () => void {
    this.jobs.set(id, job);
    return () => {
      this.jobs.delete(id);
      if (this.jobs.size > 0) return;
      for (const wake of this.waiting) wake();
      this.waiting = [];
    };
  }

  stop(id: string, reason: StopReason): void {
    this.jobs.get(id)?.stop(reason);
  }

  stopAll(reason: StopReason): void {
    for (const job of this.jobs.values()) job.stop(reason);
  }

  /** Resolves when none is under way. */
  idle(): Promise<void> {
    if (this.jobs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
