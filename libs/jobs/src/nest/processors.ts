import type { DiscoveryService } from '@nestjs/core';
import type { JobHandler } from '../consumer.ts';
import { JobsError } from '../errors.ts';
import type { JobProcessor } from '../job-queue.ts';
import type { Queue } from '../queue.ts';
import { PROCESSOR, type ProcessorMetadata } from './decorators.ts';

/** BoundProcessor is a provider that runs the jobs of a queue. */
export interface BoundProcessor {
  readonly queue: Queue;
  readonly className: string;
  readonly handler: JobHandler<unknown, unknown>;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** What Nest made of a provider; of one that is made for each request, an object without its dependencies. */
const instanceIn = (wrapper: Wrapper): object | null | undefined => wrapper.instance as object | null | undefined;

function metadataOf(wrapper: Wrapper): ProcessorMetadata | undefined {
  if (wrapper.isAlias) return undefined;
  const type = instanceIn(wrapper)?.constructor ?? wrapper.metatype;
  return typeof type === 'function'
    ? (Reflect.getMetadata(PROCESSOR, type) as ProcessorMetadata | undefined)
    : undefined;
}

/**
 * processorsOf finds the processors of the JobsModule of that name. Throws JobsError `handler_scoped` for one that Nest makes
 * anew for each request.
 */
export function processorsOf(wrappers: readonly Wrapper[], name: string | undefined): BoundProcessor[] {
  return wrappers.flatMap((wrapper) => {
    const metadata = metadataOf(wrapper);
    if (metadata === undefined || metadata.name !== name) return [];
    const className = String(wrapper.name);
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient)
      throw new JobsError(
        'handler_scoped',
        `${className}, or something that it injects, is REQUEST- or TRANSIENT-scoped: a job has no request`,
      );
    const processor = instanceIn(wrapper) as JobProcessor;
    return [{ queue: metadata.queue, className, handler: (context) => processor.process(context) }];
  });
}

/**
 * checkProcessors throws JobsError `unknown_queue` for a processor of a queue that is none of `queues`, `handler_exists` for a
 * second one of a queue, and where they are all required `handler_missing` with the names of those that have none.
 */
export function checkProcessors(
  found: readonly BoundProcessor[],
  queues: readonly Queue[],
  allRequired: boolean,
): void {
  const byQueue = new Map<string, string>();
  for (const { queue, className } of found) {
    if (queues.every(({ name }) => name !== queue.name))
      throw new JobsError('unknown_queue', `${className} processes "${queue.name}", which JobsModule was not given`);
    const other = byQueue.get(queue.name);
    if (other !== undefined)
      throw new JobsError('handler_exists', `Queue "${queue.name}" has two processors: ${other} and ${className}`);
    byQueue.set(queue.name, className);
  }
  const missing = queues.map(({ name }) => name).filter((name) => !byQueue.has(name));
  if (allRequired && missing.length > 0)
    throw new JobsError('handler_missing', `No processor of ${missing.join(', ')}`);
}
