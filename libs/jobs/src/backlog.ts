import type { Queue } from './queue.ts';

/** QueueBacklog is the work that one queue has for its workers now. */
export interface QueueBacklog {
  /**
   * Jobs that a worker could take now: those that wait, of every priority, and delayed ones whose time has come, which no queue
   * moves while it has no worker. 0 of a queue that is paused; of one with a concurrency over all workers no more than that allows.
   */
  readonly takeable: number;
  /** Jobs that run, or whose worker has died and nobody has noticed yet. */
  readonly active: number;
  /**
   * Since when, in ms of Unix time, one of them could be run, enqueued and not delayed any more: the longest of the next one without a
   * priority, the next of the most urgent priority and the next of the least urgent. Undefined where none waits, or the queue is paused.
   */
  readonly waitsSinceMs: number | undefined;
}

/** Backlogs say how much work there is. */
export interface Backlogs {
  /** One read on the connection that fails fast. Rejects within 500 ms with `jobs_unavailable`; throws `unknown_queue`. */
  backlog(queue: Pick<Queue, 'name'>): Promise<QueueBacklog>;
}

/**
 * desiredWorkers is how many workers would run all of a backlog at once, each as many jobs as the queue's `concurrency`. It has no
 * bounds: those are the autoscaler's. Jobs that run count, so that no worker is taken away from them. Where one worker consumes
 * several queues, each with a concurrency of its own, the greatest is what is needed.
 */
export const desiredWorkers = (
  { descriptor: { concurrency } }: { readonly descriptor: Pick<Queue['descriptor'], 'concurrency'> },
  { takeable, active }: Pick<QueueBacklog, 'takeable' | 'active'>,
): number => Math.ceil((takeable + active) / concurrency);
