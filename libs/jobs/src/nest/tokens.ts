import type { Queue } from '../queue.ts';

const tokenOf = (what: string, name: string | undefined): string =>
  name === undefined ? `nestfleet:${what}` : `nestfleet:${what}:${name}`;

/** Injection token of the Jobs of the JobsModule of that name. */
export const jobsToken = (name?: string): string => tokenOf('jobs', name);

/** Injection token of the JobQueue of a queue. */
export const queueToken = (queue: string | Pick<Queue, 'name'>, name?: string): string =>
  tokenOf(`queue:${typeof queue === 'string' ? queue : queue.name}`, name);

/** Injection token of the JobConsumers of the JobsModule of that name; of the one without a name the class is one too. */
export const jobConsumersToken = (name?: string): string => tokenOf('job-consumers', name);

/** Inside a JobsModule: what it was given, and its name. */
export const OPTIONS = 'nestfleet:jobs-options';
export const NAME = 'nestfleet:jobs-name';
/** Of each module that knows queues: a {@link KnownQueues}. */
export const KNOWN_QUEUES = 'nestfleet:jobs-queues';

/** KnownQueues are the queues that one `forRoot` or `forFeature` was given. */
export class KnownQueues {
  readonly name: string | undefined;
  readonly queues: readonly Queue[];

  constructor(name: string | undefined, queues: readonly Queue[]) {
    this.name = name;
    this.queues = queues;
  }
}
