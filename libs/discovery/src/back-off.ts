import { setTimeout as wait } from 'node:timers/promises';

/** A number in [0, 1), as Math.random. */
export type Random = () => number;

/**
 * How long to wait after the `failures`-th failure in a row (from 1): doubles from `baseMs` up to `capMs`, and of that a
 * random 50 to 100 %, so that a fleet which lost its registry at one instant does not come back at one instant.
 */
export function backOffMs(failures: number, limits: { baseMs: number; capMs: number }, random: Random): number {
  const fullMs = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures - 1, 30));
  return fullMs * (0.5 + random() / 2);
}

/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks at its signal next.
  }
}
