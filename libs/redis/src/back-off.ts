const FIRST_MS = 50;
const LONGEST_MS = 1_000;

/**
 * Milliseconds until connection attempt `attempt` (from 1): doubles up to 1 s, of which the upper half is random, so that
 * replicas do not come back in step.
 */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(fullMs * (0.5 + random() / 2));
}
