import { Inject, SetMetadata } from '@nestjs/common';
import type { JobProcessor } from '../job-queue.ts';
import { defineQueue, type Queue } from '../queue.ts';
import { jobsToken, queueToken } from './tokens.ts';

/** Gives the {@link Jobs} of JobsModule; with a name, of the JobsModule of that name. */
export const InjectJobs = (name?: string): ParameterDecorator & PropertyDecorator => Inject(jobsToken(name));

/** Gives the JobQueue of a queue that `forRoot` or `forFeature` was given. */
export const InjectQueue = (
  queue: string | Pick<Queue, 'name'>,
  name?: string,
): ParameterDecorator & PropertyDecorator => Inject(queueToken(queue, name));

export interface ProcessorOptions {
  /** Jobs of the queue that this process runs at a time. @default that of the descriptor */
  readonly concurrency?: number;
  /** Name of the JobsModule. @default the one without a name */
  readonly name?: string;
}

/** Metadata of a class that processes a queue. */
export const PROCESSOR = 'nestfleet:processor';

export interface ProcessorMetadata {
  readonly queue: Queue;
  readonly name: string | undefined;
}

/**
 * Processor makes a provider the one that runs the jobs of a queue in this process. It has to be in `providers` of a module;
 * its `process` is typed by the queue.
 */
export function Processor<Q extends Queue>(
  queue: Q,
  { concurrency = queue.descriptor.concurrency, name }: ProcessorOptions = {},
): (target: abstract new (...dependencies: never[]) => JobProcessor<Q>) => void {
  const metadata: ProcessorMetadata = { queue: defineQueue({ ...queue.descriptor, concurrency }), name };
  return (target) => SetMetadata(PROCESSOR, metadata)(target);
}
