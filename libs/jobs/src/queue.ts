import type { JobDescriptor } from '@nestfleet/contracts';
import type { z } from 'zod';

/** Typed handle of one queue: what goes in, what comes out, how often and how fast. Holds no connection. */
export interface Queue<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly descriptor: JobDescriptor<P, R>;
}

/** 110 MB of small jobs. */
export const BACKLOG_MAX = 100_000;

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

/**
 * Makes a queue's handle from its descriptor. Throws TypeError where the descriptor cannot work: a name that would not
 * fit a job id (`<queue>.<id>`), no attempts, a negative back-off, no concurrency, no room for a job.
 */
export function defineQueue<P extends z.ZodType, R extends z.ZodType>(descriptor: JobDescriptor<P, R>): Queue<P, R> {
  const { name, version, attempts, backoffMs, concurrency, backlogMax = BACKLOG_MAX } = descriptor;
  if (!NAME.test(name)) throw new TypeError(`Queue name "${name}" must match ${NAME.source}`);
  if (!whole(version, 1)) throw new TypeError(`Queue ${name}: version must be a whole number from 1, is ${version}`);
  if (!whole(attempts, 1)) throw new TypeError(`Queue ${name}: attempts must be a whole number from 1, is ${attempts}`);
  if (!whole(backoffMs, 0)) throw new TypeError(`Queue ${name}: backoffMs must be a whole number, is ${backoffMs}`);
  if (!whole(concurrency, 1))
    throw new TypeError(`Queue ${name}: concurrency must be a whole number from 1, is ${concurrency}`);
  if (!whole(backlogMax, 1))
    throw new TypeError(`Queue ${name}: backlogMax must be a whole number from 1, is ${backlogMax}`);
  return { name, descriptor };
}
