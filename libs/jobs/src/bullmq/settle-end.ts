import { messageOf } from '@nestfleet/contracts';
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';

/**
 * Unwritten is what becomes of an end that Redis did not take: `again`, it may be written again; `written`, Redis has it, only
 * the answer was lost; `lost`, it is given up; `never`, Redis takes no result of that job: it fails.
 */
export type Unwritten = 'again' | 'written' | 'lost' | 'never';

export interface EndHooks {
  /** Redis has how it ended; `error` when it failed. */
  settled(job: Job, error?: Error): void;
  /** Redis did not take the end, for the `times`-th time. */
  unwritten(job: Job, fault: unknown, times: number): Promise<Unwritten>;
}

export interface End<T> {
  readonly job: Job;
  /** Where it failed. */
  readonly error?: Error | undefined;
  /** Writes the end, and answers the next job where the same round trip brings one. */
  readonly write: () => Promise<T>;
  readonly isClosed: () => boolean;
}

/** Whether what was thrown says that the job has been given back or put off: BullMQ writes nothing of it then. */
const isMoved = (error: Error | undefined): boolean => error instanceof WaitingError || error instanceof DelayedError;

/** settleEnd writes an end or gives it up, and never turns it into another one. */
export async function settleEnd<T>(hooks: EndHooks, { job, error, write, isClosed }: End<T>): Promise<T> {
  // BullMQ's word for no next job, which its types leave out.
  const none = undefined as T;
  if (isMoved(error)) {
    hooks.settled(job, error);
    // Only the next job is asked for.
    return isClosed() ? none : write().catch(() => none);
  }
  for (let times = 1; ; times += 1) {
    try {
      // BullMQ writes nothing then, and says nothing either.
      if (isClosed()) throw new Error('the consumer was closed before');
      const next = await write();
      hooks.settled(job, error);
      return next;
    } catch (fault) {
      const found = await hooks.unwritten(job, fault, times);
      // BullMQ makes a failure of it.
      if (found === 'never') throw new UnrecoverableError(messageOf(fault));
      if (found === 'written') hooks.settled(job, error);
      if (found !== 'again') return none;
    }
  }
}
