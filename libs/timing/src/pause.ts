import { setTimeout as wait } from 'node:timers/promises';

/** `pause` resolves after `ms`, or at once when the signal aborts. It never rejects: the caller looks at its signal next. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    // Aborted.
  }
}
