import type { Boundary } from './boundary.ts';

/** A timer may fire this much before its time. */
const EARLY_MS = 1;

export interface Waiting {
  /** `late`: the current attempt had the time that every replica gets. `over`: all the time there was has passed. */
  onTimePassed(late: boolean, over: boolean): void;
}

/**
 * How long one exchange waits, for all of its attempts and for the current one, with one timer. Times are by
 * `performance.now()`.
 */
export class Patience {
  private readonly onTimer: () => void;
  private readonly onTurnEnd: (timer: NodeJS.Timeout | undefined) => void;
  private timer: NodeJS.Timeout | undefined;
  private attemptEndMs = 0;
  private endMs: number;

  constructor(
    private readonly waiting: Waiting,
    private readonly attemptMs: number,
    deadlineMs: number,
    private readonly boundary: Boundary,
  ) {
    this.onTimer = boundary.guard(this.endTurn);
    this.onTurnEnd = boundary.guard(this.judge);
    this.endMs = performance.now() + deadlineMs;
  }

  /** What is left of all the time, milliseconds; less than 1 is nothing. */
  restMs(): number {
    return Math.ceil(this.endMs - performance.now());
  }

  /** From now on there are `restMs`, and for the current attempt its share of them. */
  begin(restMs: number): void {
    const nowMs = performance.now();
    this.endMs = nowMs + restMs;
    this.attemptEndMs = nowMs + this.attemptMs;
    this.wake(Math.min(restMs, this.attemptMs));
  }

  /** The attempt had its share, and goes on. */
  waitOn(): void {
    this.wake(Math.max(1, this.restMs()));
  }

  /** Waits before an attempt; its own time does not run yet. */
  delay(ms: number, then: () => void): void {
    this.end();
    this.timer = this.boundary.after(ms, then);
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private wake(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.onTimer, ms);
  }

  /**
   * After a stall of our own process timers fire before sockets are read. So the sockets get one turn before the verdict,
   * or every replica would look as if it had timed out.
   */
  private readonly endTurn = (): void => {
    setImmediate(this.onTurnEnd, this.timer);
  };

  private readonly judge = (timer: NodeJS.Timeout | undefined): void => {
    if (this.timer !== timer) return;
    const nowMs = performance.now() + EARLY_MS;
    this.waiting.onTimePassed(nowMs >= this.attemptEndMs, nowMs >= this.endMs);
  };
}
