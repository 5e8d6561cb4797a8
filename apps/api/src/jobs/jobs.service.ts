import {
  type Enqueued,
  type Job,
  type PostJob,
  type RetriedJob,
  demoJob,
  flakyJob,
  primesJob,
} from '@nestfleet/contracts';
import { type Jobs, JobsError, defineQueue } from '@nestfleet/jobs';
import { InjectJobs } from '@nestfleet/jobs/nest';
import { Injectable } from '@nestjs/common';
import { ApiIdentity } from '../identity.provider.ts';

const queues = { demo: defineQueue(demoJob), primes: defineQueue(primesJob), flaky: defineQueue(flakyJob) };

export interface EnqueueOptions {
  /** Public id of the session that the job belongs to, undefined for nobody's. */
  readonly owner: string | undefined;
  readonly requestId: string;
  /**
   * The same again makes no second job.
   * @default a random one
   */
  readonly id?: string | undefined;
  /** The same again makes no second job within 24 h, whatever became of the first. */
  readonly idempotencyToken?: string | undefined;
}

/** JobsService enqueues jobs for the job route and the demo endpoint, and puts failed ones back. */
@Injectable()
export class JobsService {
  constructor(
    private readonly identity: ApiIdentity,
    @InjectJobs() private readonly jobs: Jobs,
  ) {}

  async enqueue(request: PostJob, options: EnqueueOptions): Promise<Enqueued> {
    const { id, outcome } = await this.enqueueByName(request, options);
    return { id, name: request.name, outcome, served_by: this.identity.name };
  }

  /** @param idempotencyToken given again, nothing is put back a second time */
  async retry({ id, name, state }: Job, idempotencyToken: string | undefined): Promise<RetriedJob> {
    // Nothing of it is left in its queue.
    if (state === 'cancelled') throw new JobsError('job_not_failed', `Job ${id} was cancelled`);
    await this.jobs.retry(id, { idempotencyToken });
    return { id, name, served_by: this.identity.name };
  }

  private enqueueByName(request: PostJob, options: EnqueueOptions): ReturnType<Jobs['enqueue']> {
    // One call per name: only inside a branch do the queue's type and the payload's type meet.
    if (request.name === 'demo') return this.jobs.enqueue(queues.demo, request.payload, options);
    if (request.name === 'primes') return this.jobs.enqueue(queues.primes, request.payload, options);
    return this.jobs.enqueue(queues.flaky, request.payload, options);
  }
}
