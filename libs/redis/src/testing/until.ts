import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 10;

/**
 * Waits until `predicate` holds, and answers what it answered; a throw counts as "not yet".
 * Rejects after `deadlineMs` with the last fault, so that a test says why and never sleeps blindly.
 */
export async function until<T>(predicate: () => T | Promise<T>, deadlineMs: number): Promise<T> {
  const startMs = performance.now();
  let fault: unknown;
  do {
    try {
      const answer = await predicate();
      if (answer) return answer;
      fault = undefined;
    } catch (error) {
      fault = error;
    }
    await pause(STEP_MS);
  } while (performance.now() - startMs < deadlineMs);
  throw new Error(`did not come true within ${deadlineMs} ms`, { cause: fault });
}
