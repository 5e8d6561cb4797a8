import { inspect } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  /** @default 10 */
  readonly everyMs?: number;
  /** What is waited for, for the error. */
  readonly what?: string;
}

/** Truthy is what is left of a type where the value counts as true. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

/**
 * `until` polls `predicate` until it gives something truthy, and resolves with that; a throw counts as "not yet". When
 * `deadlineMs` have passed it looks a last time, after one turn of I/O, and then rejects with the last thing that it got.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  deadlineMs: number,
  { everyMs = 10, what = 'it' }: UntilOptions = {},
): Promise<Truthy<T>> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const isLast = performance.now() >= endMs;
    let last: unknown;
    let cause: unknown;
    try {
      const value = await predicate();
      if (value) return value as Truthy<T>;
      last = value;
    } catch (error) {
      cause = last = error;
    }
    if (isLast) throw new Error(`${what} did not hold within ${deadlineMs} ms; last: ${shown(last)}`, { cause });
    await wait(Math.max(0, Math.min(everyMs, endMs - performance.now())));
    await new Promise(setImmediate);
  }
}

const shown = (last: unknown): string =>
  last instanceof Error ? last.message : inspect(last, { breakLength: Infinity });
