import type { Redis } from 'ioredis';
import { withDeadline } from '@nestfleet/timing';
import type { RedisLog } from './log.ts';

/** It is nobody's request; without an answer in this time it is asked again later. */
const REPORT_WITHIN_MS = 2_000;
/** Back-offs and retention of this length are what skew begins to change. */
const DIFFERENCE_MAX_MS = 5_000;
/** A clock may step at any time. */
const LOOK_EVERY_MS = 60_000;

export interface ClockWatchParts {
  readonly log: RedisLog;
  /** The clock of the machine, which may step. */
  readonly nowMs: () => number;
  /** One that never does. */
  readonly monotonicMs: () => number;
  /** The reply of TIME. */
  readonly timeOf: (node: Redis) => Promise<readonly (number | string)[]>;
}

/**
 * ClockWatch logs when a node's clock and our own are too far apart: with each connection, and each minute while something else is
 * asked of Redis. Once, and again when the difference has become another one, or was none in between.
 */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  #lookedAtMs = -Infinity;
  /** The difference that was logged and is still there. */
  #toldMs = 0;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
  }

  async look(nodes: readonly Redis[]): Promise<void> {
    this.#lookedAtMs = this.#parts.monotonicMs();
    const asked = await Promise.all(nodes.map((node) => this.#differenceTo(node)));
    const differences = asked.filter((each) => each !== undefined);
    // Nothing is known, which is no change.
    if (differences.length === 0) return;
    const differenceMs = differences.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most));
    if (!differs(differenceMs)) this.#toldMs = 0;
    else if (differs(differenceMs - this.#toldMs)) this.#tell(differenceMs);
  }

  /** @param nodes asked for only when it is time to look */
  lookIfOld(nodes: () => readonly Redis[]): void {
    if (this.#parts.monotonicMs() - this.#lookedAtMs >= LOOK_EVERY_MS) void this.look(nodes());
  }

  #tell(differenceMs: number): void {
    this.#toldMs = differenceMs;
    this.#parts.log.warn(
      { event: 'redis.clock_differs', differenceMs: Math.round(differenceMs) },
      'the clock of Redis and ours are apart: what is delayed or kept for a time is due too early or too late',
    );
  }

  async #differenceTo(node: Redis): Promise<number | undefined> {
    const { nowMs, timeOf } = this.#parts;
    const beforeMs = nowMs();
    try {
      const reply = await withDeadline(timeOf(node), REPORT_WITHIN_MS);
      return clockDifferenceMs(reply, beforeMs, nowMs());
    } catch {
      // A user without TIME, or a connection that was lost.
      return undefined;
    }
  }
}

const differs = (differenceMs: number): boolean => Math.abs(differenceMs) > DIFFERENCE_MAX_MS;

/**
 * How far Redis is ahead, negative when it is behind: at least so much, whenever between the question and the answer it looked.
 * @param reply of TIME: seconds, and microseconds of the second
 */
export function clockDifferenceMs(reply: readonly (number | string)[], beforeMs: number, afterMs: number): number {
  const redisMs = Number(reply[0]) * 1_000 + Number(reply[1]) / 1_000;
  if (redisMs > afterMs) return redisMs - afterMs;
  return Math.min(0, redisMs - beforeMs);
}
