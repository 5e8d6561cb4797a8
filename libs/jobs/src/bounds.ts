import type { JobBounds } from '@nestfleet/contracts';

/** Bounds are all bounds of a queue: what its descriptor says, and the defaults for the rest. */
export type Bounds = Required<JobBounds>;

const KIB = 1_024;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

const DEFAULTS: Bounds = {
  backlogMax: 100_000,
  payloadMaxBytes: 1_024 * KIB,
  resultMaxBytes: 256 * KIB,
  errorMaxBytes: 8 * KIB,
  timeLimitMs: HOUR_MS,
  keepCompletedMs: HOUR_MS,
  keepFailedMs: 7 * 24 * HOUR_MS,
  keepMax: 100_000,
  eventsMax: 100,
};

/** Redis takes no longer value, and far less is wise. */
const BYTES_MAX = 64 * 1_024 * KIB;

/** Node fires a longer timer after 1 ms. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** From and to which a bound makes sense. */
const RANGES: Readonly<Record<keyof Bounds, readonly [number, number]>> = {
  backlogMax: [1, 10_000_000],
  payloadMaxBytes: [1, BYTES_MAX],
  resultMaxBytes: [1, BYTES_MAX],
  errorMaxBytes: [100, BYTES_MAX],
  timeLimitMs: [1, TIMER_MAX_MS],
  keepCompletedMs: [1_000, YEAR_MS],
  keepFailedMs: [1_000, YEAR_MS],
  keepMax: [1, 10_000_000],
  eventsMax: [1, 1_000_000],
};

/** `boundsOf` throws a TypeError for one that is out of its range. */
export function boundsOf(descriptor: JobBounds & { readonly name: string }): Bounds {
  const bounds = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Bounds)[]) {
    const [least, most] = RANGES[name];
    const value = descriptor[name] ?? DEFAULTS[name];
    if (!Number.isInteger(value) || value < least || value > most)
      throw new TypeError(
        `Queue ${descriptor.name}: ${name} must be a whole number from ${least} to ${most}, is ${value}`,
      );
    bounds[name] = value;
  }
  return bounds;
}
