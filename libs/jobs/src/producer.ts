import type { z } from 'zod';
import type { Queue } from './queue.ts';

export interface EnqueueOptions {
  /** Whose job it is, 1 to 128 of A-Z a-z 0-9 _ - (a public session id). Listed under it and answered by `find`. */
  readonly owner?: string | undefined;
  /** Id of the request that caused it; the handler's log carries it. */
  readonly requestId?: string | undefined;
  /**
   * Own id inside the queue, 1 to 90 of A-Z a-z 0-9 _ -. The same id given again makes no second job as long as the first is kept.
   * @default a random one
   */
  readonly id?: string | undefined;
  /**
   * From 1, the most urgent, to 2,097,151. Jobs of one priority run in their order; all of them after those without one.
   * @default none
   */
  readonly priority?: number | undefined;
  /**
   * How long no worker takes it, milliseconds, up to 365 days.
   * @default 0
   */
  readonly delayMs?: number | undefined;
  /**
   * Any text of 1 to 128 characters, such as the caller's `Idempotency-Key` with whose it is. Given again within 24 h, for the same
   * queue, it makes no second job, whatever became of the first; with another payload it is refused.
   */
  readonly idempotencyToken?: string | undefined;
}

export interface Enqueued {
  /** `<queue>.<id>`. */
  readonly id: string;
  /** `existing`: of that id or token a job was enqueued before. Nothing was added, and its payload stays as it was. */
  readonly outcome: 'created' | 'existing';
}

/**
 * Puts jobs into queues. Answers or rejects within 500 ms: JobsError `invalid_payload`, `payload_too_large`, `invalid_job_id`,
 * `invalid_priority`, `invalid_delay`, `invalid_idempotency_token`, `idempotency_token_reused`, `unknown_queue`, `queue_full`,
 * `jobs_memory_low`, `jobs_unavailable`, `jobs_writes_refused`, `jobs_outcome_unknown`.
 */
export interface Producer {
  enqueue<P extends z.ZodType>(queue: Queue<P>, payload: z.input<P>, options?: EnqueueOptions): Promise<Enqueued>;
}
