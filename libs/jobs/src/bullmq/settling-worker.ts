import {
  type BackendFactory,
  type Job,
  type Processor,
  type RedisQueueBackend,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { type EndHooks, settleEnd } from './settle-end.ts';

/** What a consumer wants to know of each start of a job. */
export interface SettleHooks extends EndHooks {
  /** A job was taken. */
  taken(job: Job, token: string): void;
  /** Whether the same round trip may bring the next job. */
  mayFetch(): boolean;
  /** Nothing is held of it any more. */
  over(job: Job): void;
}

type HandleCompleted = Parameters<Worker['handleCompleted']>;
type HandleFailed = Parameters<Worker['handleFailed']>;

/** Of workers of before, who count what died beside a job against it. Here it is a suspect, like all that were on a dead worker. */
const STALLED_TOO_OFTEN = 'job stalled more than allowable limit';

/**
 * SettlingWorker is BullMQ's worker with one place for the ends of attempts. BullMQ makes a failure of the handler out of
 * each fault of writing its result; here the end is written or given up, and never turned into another one.
 */
export class SettlingWorker extends Worker {
  private readonly hooks: SettleHooks;

  constructor(
    name: string,
    processor: Processor,
    options: WorkerOptions,
    parts: { readonly hooks: SettleHooks; readonly backend: BackendFactory<RedisQueueBackend> },
  ) {
    super(name, processor, { ...options, autorun: false }, parts.backend);
    this.hooks = parts.hooks;
  }

  override async processJob(job: Job, token: string, fetchNext?: () => boolean): Promise<void | Job> {
    if (job.deferredFailure === STALLED_TOO_OFTEN) job.deferredFailure = '';
    this.hooks.taken(job, token);
    try {
      return await super.processJob(job, token, () => (fetchNext?.() ?? true) && this.hooks.mayFetch());
    } finally {
      this.hooks.over(job);
    }
  }

  protected override handleCompleted(...args: HandleCompleted): ReturnType<Worker['handleCompleted']> {
    return this.settle(args[1], () => super.handleCompleted(...args));
  }

  protected override handleFailed(...args: HandleFailed): ReturnType<Worker['handleFailed']> {
    return this.settle(args[1], () => super.handleFailed(...args), args[0]);
  }

  private settle<T>(job: Job, write: () => Promise<T>, error?: Error): Promise<T> {
    const isClosed = (): boolean => this.getBackend().closing !== undefined;
    return settleEnd(this.hooks, { job, error, write, isClosed });
  }
}
