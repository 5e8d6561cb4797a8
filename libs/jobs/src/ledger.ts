import type { Job } from '@nestfleet/contracts';

export interface JobRecord {
  readonly job: Job;
  /** As given to enqueue, null when none was. */
  readonly owner: string | null;
}

export interface ExpiredJob {
  /** As given to enqueue, null when none was. */
  readonly owner: string | null;
}

/** `requested`: a worker runs it, and aborts its `signal` within a tenth of the visibility. */
export type Cancellation = 'cancelled' | 'requested';

/** Jobs of one queue by state. Completed and failed count what is still kept. */
export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly completed: number;
  readonly failed: number;
}

/** Ledger is the index of the jobs: it finds, lists and cancels them. All methods reject within 500 ms with `jobs_unavailable` while Redis is unreachable. */
export interface Ledger {
  /** One job by public id; undefined when there is none or it is past its retention. */
  find(id: string): Promise<JobRecord | undefined>;
  /** A job that has ended and is past its retention, for 24 h; undefined for all others. */
  expired(id: string): Promise<ExpiredJob | undefined>;
  /** An owner's jobs of the last 24 h over all queues, newest first. At most 100 per queue are remembered. */
  list(owner: string, limit: number): Promise<Job[]>;
  /**
   * Takes a job out; it is found as `cancelled` for 24 h. The worker that runs it is told, and its handler may still end it
   * otherwise. Idempotent. Rejects with `job_not_found` and `job_finished`.
   */
  cancel(id: string): Promise<Cancellation>;
  /** By queue name. */
  counts(): Promise<Record<string, QueueCounts>>;
}
