import type { JobDescriptor } from '@nestfleet/contracts';
import type { z } from 'zod';
import { type Bounds, boundsOf } from './bounds.ts';

/** Typed handle of one queue: what goes in, what comes out, how often and how fast. Holds no connection. */
export interface Queue<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly descriptor: JobDescriptor<P, R>;
  /** All of them, those too that the descriptor leaves to their defaults. */
  readonly bounds: Bounds;
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

/**
 * Makes a queue's handle from its descriptor. Throws TypeError where the descriptor cannot work: a name that would not
 * fit a job id (`<queue>.<id>`), no attempts, a negative back-off, no concurrency, a gap between the versions
 * that are lifted, a bound out of its range.
 */
export function defineQueue<P extends z.ZodType, R extends z.ZodType>(descriptor: JobDescriptor<P, R>): Queue<P, R> {
  const { name, version, attempts, backoffMs, concurrency } = descriptor;
  if (!NAME.test(name)) throw new TypeError(`Queue name "${name}" must match ${NAME.source}`);
  if (!whole(version, 1)) throw new TypeError(`Queue ${name}: version must be a whole number from 1, is ${version}`);
  if (!whole(attempts, 1)) throw new TypeError(`Queue ${name}: attempts must be a whole number from 1, is ${attempts}`);
  if (!whole(backoffMs, 0)) throw new TypeError(`Queue ${name}: backoffMs must be a whole number, is ${backoffMs}`);
  if (!whole(concurrency, 1))
    throw new TypeError(`Queue ${name}: concurrency must be a whole number from 1, is ${concurrency}`);
  checkUpcast(descriptor);
  return { name, descriptor, bounds: boundsOf(descriptor) };
}

/** A version that is accepted needs a way up to the one that is run. */
function checkUpcast({ name, version, upcast = {} }: JobDescriptor): void {
  const lifted = Object.keys(upcast)
    .map(Number)
    .toSorted((a, b) => a - b);
  const first = lifted[0] ?? version;
  const isWhole = lifted.every((from, n) => from === first + n) && first >= 1 && first + lifted.length === version;
  if (!isWhole)
    throw new TypeError(
      `Queue ${name}: upcast must lift each version up to ${version}, without a gap; it lifts ${lifted.join(', ')}`,
    );
}
