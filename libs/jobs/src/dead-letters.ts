import type { JobRecord } from './ledger.ts';

export interface DeadLetterQuery {
  /** Jobs of one page. */
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
  /** Only jobs of this one. */
  readonly owner?: string | undefined;
}

export interface DeadLetterPage {
  readonly jobs: readonly JobRecord[];
  /** At most 256 characters of A-Z a-z 0-9 _ -; undefined on the last page. A page may be empty and not be the last. */
  readonly nextCursor?: string;
}

export interface RetryOptions {
  /**
   * Any text of 1 to 128 characters. Given again for the same job, it does not put it back a second time, also where the job has
   * failed again meanwhile. The last one of a job is known for as long as the job is.
   */
  readonly idempotencyToken?: string | undefined;
}

/** DeadLetters are jobs that were given up, and the way back. All methods reject as those of the ledger. */
export interface DeadLetters {
  /**
   * Jobs that have failed because too many workers died with each of them alone, of all queues, newest first. Rejects with
   * `invalid_cursor`.
   */
  deadLetters(query: DeadLetterQuery): Promise<DeadLetterPage>;
  /**
   * Puts a failed job back into its queue, with all its attempts: any that has failed, be it a dead letter or not, because whoever
   * has mended the cause needs the same way back for both. Rejects with `job_not_found`, with `job_expired` for one that is past its
   * retention, and `job_not_failed` for one that waits, runs or has completed; with `jobs_outcome_unknown` where only the same token may be sent again.
   */
  retry(id: string, options?: RetryOptions): Promise<void>;
}
