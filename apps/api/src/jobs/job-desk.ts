import { type Enqueued, type PostJob, demoJob, flakyJob, primesJob } from '@nestfleet/contracts';
import { type Jobs, defineQueue } from '@nestfleet/jobs';
import { InjectJobs } from '@nestfleet/jobs/nest';
import { Injectable } from '@nestjs/common';
import { ApiIdentity } from '../identity.provider.ts';

const queues = { demo: defineQueue(demoJob), primes: defineQueue(primesJob), flaky: defineQueue(flakyJob) };

export interface OrderOptions {
  /** Public id of the session that the job belongs to, undefined for nobody's. */
  readonly owner: string | undefined;
  readonly requestId: string;
  /** The same again makes no second job; default a random one. */
  readonly id?: string | undefined;
}

/** Takes orders for jobs, from the route and from the one-liner alike. */
@Injectable()
export class JobDesk {
  constructor(
    private readonly identity: ApiIdentity,
    @InjectJobs() private readonly jobs: Jobs,
  ) {}

  async enqueue(order: PostJob, options: OrderOptions): Promise<Enqueued> {
    const { id, outcome } = await this.place(order, options);
    return { id, name: order.name, outcome, served_by: this.identity.name };
  }

  private place(order: PostJob, options: OrderOptions): ReturnType<Jobs['enqueue']> {
    // One call per name: only inside a branch do the queue's type and the payload's type meet.
    if (order.name === 'demo') return this.jobs.enqueue(queues.demo, order.payload, options);
    if (order.name === 'primes') return this.jobs.enqueue(queues.primes, order.payload, options);
    return this.jobs.enqueue(queues.flaky, order.payload, options);
  }
}
