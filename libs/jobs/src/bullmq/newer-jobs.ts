import { errorOf } from '@nestfleet/contracts';
import type { Job } from 'bullmq';
import { newerVersionOf } from '../envelope.ts';
import type { JobLog } from '../log.ts';
import type { Queue } from '../queue.ts';
import { OfferTimes } from './offer-times.ts';

/**
 * NewerJobs leaves jobs whose payload version this process does not know to a newer worker. They are delayed and cost no
 * attempt; logs one line for each version.
 */
export class NewerJobs {
  private latest = 0;
  private readonly times = new OfferTimes();
  private readonly queue: Queue;
  private readonly log: JobLog;

  constructor(queue: Queue, log: JobLog) {
    this.queue = queue;
    this.log = log;
  }

  /** Whether it is one of those. All jobs are asked for that, and none of the others waits for the answer. */
  isNewer(job: Job): boolean {
    return newerVersionOf(this.queue, job.data) !== undefined;
  }

  /**
   * Answers whether it was left. Never rejects: where Redis has lost its lock, it is another worker's anyhow.
   * @param giveUp called before the job is another's
   */
  async leave(job: Job, token: string | undefined, giveUp: () => void): Promise<boolean> {
    const version = newerVersionOf(this.queue, job.data);
    if (version === undefined) return false;
    giveUp();
    this.tell(version);
    try {
      await job.moveToDelayed(this.times.next(Date.now()), token);
    } catch (error) {
      this.log.debug({ err: errorOf(error) }, 'job could not be left to a newer worker');
    }
    return true;
  }

  private tell(version: number): void {
    if (version <= this.latest) return;
    this.latest = version;
    const knows = this.queue.descriptor.version;
    this.log.warn({ payload_version: version, knows }, 'jobs of a newer payload version wait for a newer worker');
  }
}
