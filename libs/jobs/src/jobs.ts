import type { z } from 'zod';
import type { Backlogs } from './backlog.ts';
import type { Consumer, ConsumeOptions, JobHandler } from './consumer.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Effects } from './effects.ts';
import type { Ledger } from './ledger.ts';
import type { JobLog } from './log.ts';
import type { Producer } from './producer.ts';
import type { Queue } from './queue.ts';

/** Jobs are the background jobs of one namespace: producer, consumers, ledger and what effects wrote. */
export interface Jobs extends Producer, Ledger, Backlogs, DeadLetters, Effects {
  /** Those that it was opened with. */
  readonly queues: readonly Queue[];
  /**
   * Starts to take jobs of a queue, as soon as Redis is there and whenever it comes back. Throws JobsError
   * `unknown_queue`, and `handler_exists` until an earlier consumer of it was closed.
   */
  consume<P extends z.ZodType, R extends z.ZodType>(
    queue: Queue<P, R>,
    handler: JobHandler<z.output<P>, z.output<R>>,
    options?: ConsumeOptions,
  ): Consumer;
  /**
   * Throws JobsError `handler_missing` where one of the queues is consumed by nobody here; for the boot of a process that is to run
   * all of them.
   * @param queues all that `openJobs` was given, unless told
   */
  requireHandlers(queues?: readonly Queue[]): void;
  /** Resolves with the first connection; retries for ever and rejects only when closed first. */
  ready(): Promise<void>;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /**
   * As `ping`, behind a small write, in a cluster on each primary. Rejects while Redis refuses writes to anything here, a consumer's
   * fetch too (`jobs_writes_refused`; 30 s longer where a permission is lacking), and while its memory is low. For health: one write
   * a second at most.
   */
  checkWrites(): Promise<number>;
  /** Closes what is left: consumers release their jobs, then the connections end. */
  close(): Promise<void>;
}

export interface JobsOptions {
  /** `redis://`, `redis+sentinel://` or `redis+cluster://`; `rediss` for TLS. */
  readonly redisUrl: string;
  /** Certificates (PEM) of the authorities behind a `rediss` server, and the password of the Sentinels. */
  readonly redisAccess?: { readonly ca?: string | undefined; readonly sentinelPassword?: string | undefined };
  /** First word of every key; two namespaces never see each other's jobs. */
  readonly namespace: string;
  /** The queues of this fleet. @default the queues of `@nestfleet/contracts` */
  readonly queues?: readonly Queue[];
  /**
   * How long a worker may be silent before its jobs are given to another one, within 1.5 of it; and how long Redis may refuse
   * without a job being run again. At least 1000; the same in all workers.
   * @default 30000
   */
  readonly visibilityMs?: number;
  /**
   * How many workers may die with a job alone in them before it becomes a dead letter.
   * @default 3
   */
  readonly deathsMax?: number;
  /** Shown as `processed_by`. @default the host name */
  readonly instanceName?: string;
  readonly log?: JobLog;
}
