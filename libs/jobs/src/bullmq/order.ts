import { JobsError } from '../errors.ts';
import type { EnqueueOptions } from '../producer.ts';

/** BullMQ's own: above, its score of a priority is no whole number any more. */
const PRIORITY_MAX = 2_097_151;
/** BullMQ keeps the time in 53 bits beside a counter of 12, which end in 2039. */
const DELAY_MAX_MS = 365 * 24 * 3_600_000;

const isWhole = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** `orderOf` is BullMQ's options for when a job runs. Throws JobsError `invalid_priority` and `invalid_delay`. */
export function orderOf({ priority, delayMs = 0 }: Pick<EnqueueOptions, 'priority' | 'delayMs'>): {
  priority?: number;
  delay?: number;
} {
  if (priority !== undefined && !isWhole(priority, 1, PRIORITY_MAX))
    throw new JobsError('invalid_priority', `A priority is from 1 to ${PRIORITY_MAX}, not ${priority}`);
  if (!isWhole(delayMs, 0, DELAY_MAX_MS))
    throw new JobsError('invalid_delay', `A delay is from 0 to ${DELAY_MAX_MS} ms, not ${delayMs}`);
  return { ...(priority === undefined ? {} : { priority }), ...(delayMs === 0 ? {} : { delay: delayMs }) };
}
