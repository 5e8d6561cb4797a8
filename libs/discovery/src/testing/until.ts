import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits until `predicate` gives something truthy and resolves with it; looks every 10 ms. Rejects after `deadlineMs`, with
 * the last thing it gave (or threw) in the message.
 */
export async function until<T>(predicate: () => T | Promise<T>, deadlineMs: number): Promise<NonNullable<T>> {
  const endMs = performance.now() + deadlineMs;
  let last: unknown;
  do {
    try {
      const value = await predicate();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    await wait(10);
  } while (performance.now() < endMs);
  throw new Error(`not so within ${deadlineMs} ms; last: ${JSON.stringify(last)}`);
}
