import {
  type BackendFactory,
  type Job,
  type Processor,
  type RedisQueueBackend,
  UnrecoverableError,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { messageOf } from '@nestfleet/contracts';

/**
 * Unwritten is what becomes of an end that Redis did not take: `again`, it may be written again; `written`, Redis has it, only
 * the answer was lost; `lost`, it is given up; `never`, Redis takes no result of that job: it fails.
 */
export type Unwritten = 'again' | 'written' | 'lost' | 'never';

/** What a consumer wants to know of each start of a job. */
export interface SettleHooks {
  /** A job was taken. */
  taken(job: Job, token: string): void;
  /** Redis has how it ended; `error` when it failed. */
  settled(job: Job, error?: Error): void;
  /** Redis did not take the end, for the `times`-th time. */
  unwritten(job: Job, fault: unknown, times: number): Promise<Unwritten>;
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

  private async settle<T>(job: Job, write: () => Promise<T>, error?: Error): Promise<T> {
    for (let times = 1; ; times += 1) {
      try {
        // BullMQ writes nothing then, and says nothing either.
        if (this.getBackend().closing !== undefined) throw new Error('the consumer was closed before');
        const next = await write();
        this.hooks.settled(job, error);
        return next;
      } catch (fault) {
        const found = await this.hooks.unwritten(job, fault, times);
        // BullMQ makes a failure of it.
        if (found === 'never') throw new UnrecoverableError(messageOf(fault));
        if (found === 'written') this.hooks.settled(job, error);
        // BullMQ's word for no next job, which its types leave out.
        if (found !== 'again') return undefined as T;
      }
    }
  }
}
