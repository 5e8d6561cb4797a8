import {
  type BackendFactory,
  type Job,
  type Processor,
  type RedisQueueBackend,
  Worker,
  type WorkerOptions,
} from 'bullmq';

/** What a consumer wants to know of each start of a job. */
export interface SettleHooks {
  /** A job was taken. */
  taken(job: Job, token: string): void;
  /** Redis has how it ended; `error` when it failed. */
  settled(job: Job, error?: Error): void;
  /** Redis did not take the end. Answers whether to write it again. */
  mayWriteAgain(job: Job, fault: unknown): Promise<boolean>;
  /** Whether the same round trip may bring the next job. */
  mayFetch(): boolean;
  /** Nothing is held of it any more. */
  over(job: Job): void;
}

type HandleCompleted = Parameters<Worker['handleCompleted']>;
type HandleFailed = Parameters<Worker['handleFailed']>;

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

  private async settle<T>(job: Job, write: () => Promise<T>, error?: Error): Promise<T> {
    for (;;) {
      try {
        // BullMQ writes nothing then, and says nothing either.
        if (this.getBackend().closing !== undefined) throw new Error('the consumer was closed before');
        const next = await write();
        this.hooks.settled(job, error);
        return next;
      } catch (fault) {
        // BullMQ's word for no next job, which its types leave out.
        if (!(await this.hooks.mayWriteAgain(job, fault))) return undefined as T;
      }
    }
  }
}
