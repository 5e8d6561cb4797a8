/** LoopClock is what the guard measures with. */
export interface LoopClock {
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** The mean lag since it was last asked, milliseconds; undefined where the loop has not turned since. */
  readonly takeMeanLagMs: () => number | undefined;
  /** How long the loop has waited for input since the start, milliseconds. */
  readonly idleMs: () => number;
  /** Calls back once what is ready in this turn of the loop is done. */
  readonly onTurnEnd: (callback: () => void) => void;
}

export interface LagLimits {
  /** Longest time that a request may have waited for its turn while the lag stands, milliseconds. */
  readonly lagMaxMs: number;
  /** So long the loop has to be later than that before the guard refuses, milliseconds. */
  readonly standingMs: number;
}

/** How long one measurement of the lag lasts, milliseconds; a longer turn of the loop is one measurement. */
const WINDOW_MS = 100;

/**
 * LagGuard refuses requests that have waited too long for their turn of the event loop, once the loop has been late for some
 * time without a measurement that was not. What has waited is known while the loop is busy: all that is read in one turn was there when the
 * turn began. So one turn lasts about as long as the limit, and the work of a turn is done and not refused as a whole.
 */
export class LagGuard {
  private readonly clock: LoopClock;
  private readonly limits: LagLimits;
  private windowSinceMs: number;
  private highSinceMs: number | undefined;
  /** When the loop began what it does now, while the lag stands; undefined until the first request of a turn. */
  private busySinceMs: number | undefined;
  private turnEnd: { readonly atMs: number; readonly idleMs: number } | undefined;

  constructor(limits: LagLimits, clock: LoopClock) {
    this.limits = limits;
    this.clock = clock;
    this.windowSinceMs = clock.nowMs();
  }

  /** Call it with each request that comes. */
  refuses(): boolean {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.windowSinceMs >= WINDOW_MS) this.measure(nowMs);
    const { highSinceMs, limits } = this;
    if (highSinceMs === undefined || nowMs - highSinceMs < limits.standingMs) return false;
    return nowMs - this.busySince(nowMs) > limits.lagMaxMs;
  }

  private measure(nowMs: number): void {
    const lagMs = this.clock.takeMeanLagMs() ?? nowMs - this.windowSinceMs;
    this.windowSinceMs = nowMs;
    if (lagMs > this.limits.lagMaxMs) {
      this.highSinceMs ??= nowMs;
      return;
    }
    this.highSinceMs = undefined;
    this.turnEnd = undefined;
  }

  private busySince(nowMs: number): number {
    if (this.busySinceMs !== undefined) return this.busySinceMs;
    const { turnEnd, clock } = this;
    const busyMs = turnEnd === undefined ? 0 : nowMs - turnEnd.atMs - (clock.idleMs() - turnEnd.idleMs);
    this.busySinceMs = nowMs - Math.max(0, busyMs);
    clock.onTurnEnd(this.endTurn);
    return this.busySinceMs;
  }

  private readonly endTurn = (): void => {
    this.busySinceMs = undefined;
    this.turnEnd = { atMs: this.clock.nowMs(), idleMs: this.clock.idleMs() };
  };
}
