import type { ConsumeOptions } from '../consumer.ts';
import type { Jobs, JobsOptions } from '../jobs.ts';
import type { Queue } from '../queue.ts';

/** ConsumerSettings are of the processors of this process. */
export interface ConsumerSettings extends ConsumeOptions {
  /**
   * How long running jobs may go on once the application shuts down, milliseconds. What has not ended then is released to
   * its queue, where another worker takes it at once. The platform has to give 3 s more.
   * @default 25000
   */
  readonly shutdownTimeoutMs?: number;
  /**
   * Jobs are taken as soon as the application has started and Redis is there. With false, `JobConsumers.start()` begins.
   * @default true
   */
  readonly autorun?: boolean;
  /**
   * The application does not start where one of its queues has no processor. With false a process may run some of its queues.
   * @default whether it has any processor
   */
  readonly requireProcessors?: boolean;
}

/** How the module opens jobs, and for how long the start of the application waits for their first connection. */
export interface JobsOpening extends Omit<JobsOptions, 'queues'> {
  /**
   * Beyond it the application starts all the same; an enqueue rejects with `jobs_unavailable` until Redis is there.
   * @default 5000
   */
  readonly readyWithinMs?: number;
}

/**
 * JobsModuleOptions are the settings of `openJobs`: the module closes what it opened. `jobs` that are open already stay their opener's
 * to close.
 */
export type JobsModuleOptions = ConsumerSettings & (JobsOpening | { readonly jobs: Jobs });

/** JobsModuleExtras stand beside the options, and beside `useFactory` too. */
export interface JobsModuleExtras {
  /** For a second JobsModule in one application, e.g. over another Redis: its name. */
  readonly name?: string;
  /** Queues that are injected everywhere; those of one module are rather given to `forFeature` there. */
  readonly queues?: readonly Queue[];
  /**
   * Whether errors of this lib are answered with their status, code and `Retry-After`. Switch it off where the application has a
   * catch-all filter as `APP_FILTER`, which would not see them.
   * @default true
   */
  readonly errorFilter?: boolean;
}
