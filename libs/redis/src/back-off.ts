import { backOffMs, type Random } from '@nestfleet/timing';

const RECONNECT = { baseMs: 50, capMs: 1_000 };

/**
 * Milliseconds until connection attempt `attempt` (from 1): doubles up to 1 s, of which the upper half is random, so that
 * replicas do not come back in step.
 */
export function reconnectDelayMs(attempt: number, random: Random): number {
  return Math.round(backOffMs(attempt, RECONNECT, random));
}
