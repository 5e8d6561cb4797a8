import type { Boundary } from './boundary.ts';

/** AnswerSilence bounds the time in which a replica sends nothing of an answer that has begun. */
export class AnswerSilence {
  private readonly boundary: Boundary;
  private readonly isPaused: () => boolean;
  private readonly onSilent: () => void;
  private timer: NodeJS.Timeout | undefined;
  private isHeard = false;

  /**
   * @param isPaused true while nothing is read of it, which is no silence of the replica
   * @param onSilent is called once
   */
  constructor(boundary: Boundary, isPaused: () => boolean, onSilent: () => void) {
    this.boundary = boundary;
    this.isPaused = isPaused;
    this.onSilent = onSilent;
  }

  /** @param limitMs milliseconds */
  start(limitMs: number): void {
    this.stop();
    this.isHeard = false;
    this.timer = this.boundary.after(limitMs, this.endTurn);
  }

  /** Some of the answer has come, or it is read again. */
  restart(): void {
    this.isHeard = true;
    this.timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** After a stall of our own process timers fire before sockets are read, so these get one turn before the verdict. */
  private readonly endTurn = (): void => {
    this.isHeard = false;
    setImmediate(this.boundary.guard(this.evaluate), this.timer);
  };

  /** @param timer whose time is over; another one may have begun in that turn */
  private readonly evaluate = (timer: NodeJS.Timeout | undefined): void => {
    if (timer === undefined || this.timer !== timer || this.isHeard) return;
    if (this.isPaused()) {
      timer.refresh();
      return;
    }
    this.stop();
    this.onSilent();
  };
}
