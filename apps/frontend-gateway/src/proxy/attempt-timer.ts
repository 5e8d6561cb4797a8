import type { Boundary } from './boundary.ts';

/** A timer may fire this much before its time. */
const EARLY_MS = 1;

export interface AttemptTimerOwner {
  /**
   * @param attemptTimedOut the current attempt had the time that every replica gets
   * @param deadlinePassed all the time that there was for the exchange has passed
   */
  onTimeout(attemptTimedOut: boolean, deadlinePassed: boolean): void;
}

/**
 * AttemptTimer bounds one exchange: a deadline over all of its attempts and a timeout per attempt, with one timer. Times
 * are by `performance.now()`.
 */
export class AttemptTimer {
  private readonly onTimer: () => void;
  private readonly onTurnEnd: (timer: NodeJS.Timeout | undefined) => void;
  private timer: NodeJS.Timeout | undefined;
  private attemptEndMs = 0;
  private deadlineMs: number;

  constructor(
    private readonly owner: AttemptTimerOwner,
    private readonly attemptMs: number,
    remainingMs: number,
    private readonly boundary: Boundary,
  ) {
    this.onTimer = boundary.guard(this.endTurn);
    this.onTurnEnd = boundary.guard(this.evaluate);
    this.deadlineMs = performance.now() + remainingMs;
  }

  /** The time for the exchange begins now; before that none of it has passed. */
  begin(remainingMs: number): void {
    this.deadlineMs = performance.now() + remainingMs;
  }

  /** What is left until the deadline, milliseconds; less than 1 is nothing. */
  remainingMs(): number {
    return Math.ceil(this.deadlineMs - performance.now());
  }

  /** Starts an attempt: from now on there are `remainingMs`, and for this attempt its share of them. */
  start(remainingMs: number): void {
    const nowMs = performance.now();
    this.deadlineMs = nowMs + remainingMs;
    this.attemptEndMs = nowMs + this.attemptMs;
    this.arm(Math.min(remainingMs, this.attemptMs));
  }

  /** The attempt has timed out, and may go on until the deadline. */
  waitForDeadline(): void {
    this.arm(Math.max(1, this.remainingMs()));
  }

  /** Back-off before an attempt, whose own time does not run yet. */
  backOff(ms: number, then: () => void): void {
    this.stop();
    this.timer = this.boundary.after(ms, then);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(ms: number): void {
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

  private readonly evaluate = (timer: NodeJS.Timeout | undefined): void => {
    if (this.timer !== timer) return;
    const nowMs = performance.now() + EARLY_MS;
    this.owner.onTimeout(nowMs >= this.attemptEndMs, nowMs >= this.deadlineMs);
  };
}
