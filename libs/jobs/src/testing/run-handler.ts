import type { z } from 'zod';
import type { JobHandler } from '../consumer.ts';
import { seal } from '../envelope.ts';
import { type JobLog, silentLog } from '../log.ts';
import type { Queue } from '../queue.ts';
import { checkedResult } from '../result.ts';
import { type MemoryEffects, memoryEffects } from './memory-effects.ts';

export interface RunHandlerOptions {
  /** @default 1 */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  readonly log?: JobLog;
  /** What earlier attempts have done. @default nothing */
  readonly effects?: Pick<MemoryEffects, 'once'>;
}

/**
 * Runs one attempt of a handler without Redis and answers its result and the progress it reported, per cent. Rejects as
 * the handler does, and with `invalid_payload` and `invalid_result` as the queue would.
 */
export async function runHandler<P extends z.ZodType, R extends z.ZodType>(
  queue: Queue<P, R>,
  handler: JobHandler<z.output<P>, z.output<R>>,
  payload: z.input<P>,
  {
    attempt = 1,
    signal = new AbortController().signal,
    log = silentLog,
    effects = memoryEffects(),
  }: RunHandlerOptions = {},
): Promise<{ result: z.output<R>; progress: number[] }> {
  const progress: number[] = [];
  const result = await handler({
    payload: seal(queue, payload, {}).payload as z.output<P>,
    attempt,
    signal,
    progress: async (percent) => {
      signal.throwIfAborted();
      progress.push(percent);
    },
    once: async (name, writes) => {
      signal.throwIfAborted();
      return effects.once(name, writes);
    },
    requestId: undefined,
    jobId: `${queue.name}.test`,
    instanceName: 'test',
    log,
  });
  return { result: checkedResult(queue, result), progress };
}
