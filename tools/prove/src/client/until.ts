import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the answer is there.
 * @returns the first answer that is neither undefined nor false, and the milliseconds it took
 * @throws when `deadlineMs` has passed, with the last fault
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs: number,
  everyMs = 50,
): Promise<{ value: T; tookMs: number }> {
  const startMs = performance.now();
  let fault: unknown;
  while (performance.now() - startMs < deadlineMs) {
    try {
      const value = await ask();
      if (value !== undefined && value !== false) return { value, tookMs: Math.round(performance.now() - startMs) };
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause: fault });
}
