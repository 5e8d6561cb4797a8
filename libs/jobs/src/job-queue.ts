import type { z } from 'zod';
import type { JobContext } from './consumer.ts';
import type { EffectReader } from './effects.ts';
import type { Jobs } from './jobs.ts';
import type { Enqueued, EnqueueOptions } from './producer.ts';
import type { Queue } from './queue.ts';

/** JobContextOf is what a handler of that queue gets: `JobContextOf<typeof email>`. */
export type JobContextOf<Q extends Queue> = JobContext<z.output<Q['descriptor']['payload']>>;

/** JobResultOf is what a handler of that queue returns. */
export type JobResultOf<Q extends Queue> = z.output<Q['descriptor']['result']>;

/** JobProcessor runs the jobs of one queue, each attempt by one call. A throw makes it be tried again later. */
export interface JobProcessor<Q extends Queue = Queue> {
  process(context: JobContextOf<Q>): Promise<JobResultOf<Q>>;
}

/** JobQueue is one queue to put jobs into: `JobQueue<typeof email>`. */
export interface JobQueue<Q extends Queue = Queue> {
  readonly name: string;
  /** As `enqueue` of the {@link Jobs}. */
  enqueue(payload: z.input<Q['descriptor']['payload']>, options?: EnqueueOptions): Promise<Enqueued>;
  /** What effects of its jobs have written. */
  readonly effects: EffectReader;
}

/** jobQueueOf throws JobsError `unknown_queue`. */
export function jobQueueOf<Q extends Queue>(jobs: Pick<Jobs, 'enqueue' | 'effects'>, queue: Q): JobQueue<Q> {
  return {
    name: queue.name,
    enqueue: (payload, options) => jobs.enqueue(queue, payload, options),
    effects: jobs.effects(queue),
  };
}
