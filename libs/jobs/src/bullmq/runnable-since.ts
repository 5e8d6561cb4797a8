import { z } from 'zod';

/** Of the options that BullMQ keeps with a job: how long it was delayed when it was enqueued. */
const keptOptions = z.object({ delay: z.number().optional() });

/**
 * runnableSince is when a job could be run first, in ms of Unix time: enqueued, and its own delay over. The delays of its retries
 * count as waiting. Undefined of a job that is gone.
 */
export function runnableSince(timestamp: string | null | undefined, options?: string | null): number | undefined {
  if (timestamp === null || timestamp === undefined) return undefined;
  const { delay = 0 } = typeof options === 'string' ? keptOptions.parse(JSON.parse(options)) : {};
  return Number(timestamp) + delay;
}
