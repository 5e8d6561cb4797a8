/** A number in [0, 1), as Math.random. */
export type Random = () => number;

export interface BackOffLimits {
  /** The delay after the first failure, before jitter. */
  readonly baseMs: number;
  /** The longest delay. */
  readonly capMs: number;
  /**
   * The share of each delay that is random, from 0 (none) to 1 (full jitter).
   * @default 0.5
   */
  readonly jitter?: number;
}

/** More doublings than any cap leaves room for, and far from where numbers end. */
const DOUBLINGS_MAX = 30;

/**
 * `backOffMs` is the delay before the next attempt after the `failures`-th failure in a row (from 1): it doubles from
 * `baseMs` up to `capMs`. Jitter keeps those who failed at one instant from coming back at one instant.
 */
export function backOffMs(
  failures: number,
  { baseMs, capMs, jitter = 0.5 }: BackOffLimits,
  random: Random = Math.random,
): number {
  const fullMs = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
  return fullMs * (1 - jitter + jitter * random());
}
