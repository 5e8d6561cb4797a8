import type { Redis } from 'ioredis';
import { withDeadline } from '@nestfleet/timing';
import type { RedisLog } from './log.ts';

/** It is nobody's request; without an answer in this time it is asked after the next connect. */
const REPORT_WITHIN_MS = 2_000;
/** Back-offs and retention of this length are what skew begins to change. */
const DIFFERENCE_MAX_MS = 5_000;

/** `clockWatch` logs when a node's clock and our own are too far apart, again only when they were not in between. */
export function clockWatch(log: RedisLog, nowMs: () => number): (nodes: readonly Redis[]) => Promise<void> {
  let known = false;

  async function differenceTo(node: Redis): Promise<number> {
    const beforeMs = nowMs();
    try {
      const reply = await withDeadline(node.time(), REPORT_WITHIN_MS);
      return clockDifferenceMs(reply, beforeMs, nowMs());
    } catch {
      // A user without TIME, or a connection that was lost.
      return 0;
    }
  }

  return async (nodes) => {
    const differences = await Promise.all(nodes.map(differenceTo));
    const differenceMs = differences.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
    const differs = Math.abs(differenceMs) > DIFFERENCE_MAX_MS;
    if (differs && !known)
      log.warn(
        { event: 'redis.clock_differs', differenceMs: Math.round(differenceMs) },
        'the clock of Redis and ours are apart: what is delayed or kept for a time is due too early or too late',
      );
    known = differs;
  };
}

/**
 * How far Redis is ahead, negative when it is behind: at least so much, whenever between the question and the answer it looked.
 * @param reply of TIME: seconds, and microseconds of the second
 */
export function clockDifferenceMs(reply: readonly (number | string)[], beforeMs: number, afterMs: number): number {
  const redisMs = Number(reply[0]) * 1_000 + Number(reply[1]) / 1_000;
  if (redisMs > afterMs) return redisMs - afterMs;
  return Math.min(0, redisMs - beforeMs);
}
