import type { JobRecord } from './ledger.ts';

/** DeadLetters are jobs that were given up, and the way back. All methods reject as those of the ledger. */
export interface DeadLetters {
  /** Jobs that have failed because too many workers died with each of them alone, of all queues, newest first. */
  deadLetters(limit: number): Promise<JobRecord[]>;
  /**
   * Puts a failed job back into its queue, with all its attempts. Rejects with `job_not_found`, and `job_not_failed` for one that
   * waits, runs or has completed.
   */
  retry(id: string): Promise<void>;
}
