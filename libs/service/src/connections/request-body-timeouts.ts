import type { IncomingMessage } from 'node:http';

export interface RequestBodyTimeoutSettings {
  /** Time in which a body has to bring its least number of bytes, milliseconds; a new one begins when it is over. */
  readonly graceMs: number;
  /** Least rate, bytes per second. */
  readonly minRate: number;
  /** Longest time for a whole body, milliseconds. */
  readonly totalMs: number;
}

/** BodyWait is how long one body has been waited for, and what has come of it meanwhile. */
interface BodyWait {
  readonly beganMs: number;
  readonly refuse: (why: string) => void;
  /** Of the current period: how long its client was waited for, milliseconds, and the bytes at its begin. */
  waitedMs: number;
  bytesBefore: number;
  lookedAtMs: number;
}

/** A body is looked at so many times in its grace period. */
const LOOKS = 10;
const LOOK_MAX_MS = 1_000;

/**
 * RequestBodyTimeouts bound how slowly clients may send their request bodies: a least rate and a total time, as Apache's
 * `RequestReadTimeout` has them. Time in which nobody reads a body is not its client's.
 */
export class RequestBodyTimeouts {
  private readonly bodies = new Map<IncomingMessage, BodyWait>();
  private readonly everyMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: RequestBodyTimeoutSettings,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.everyMs = Math.min(LOOK_MAX_MS, settings.graceMs / LOOKS);
  }

  /**
   * To be called with the head of the request.
   * @param refuse is called once, with what was exceeded; the body is then not watched any more
   */
  watch(request: IncomingMessage, refuse: (why: string) => void): void {
    const nowMs = this.nowMs();
    const { bytesRead } = request.socket;
    this.bodies.set(request, { beganMs: nowMs, refuse, waitedMs: 0, bytesBefore: bytesRead, lookedAtMs: nowMs });
    // After a stall of our own process timers fire before sockets are read.
    this.timer ??= setInterval(() => setImmediate(() => this.look()), this.everyMs).unref();
  }

  /** Its answer has ended. */
  forget(request: IncomingMessage): void {
    this.bodies.delete(request);
  }

  /** One look at all bodies that are on their way. */
  look(): void {
    const nowMs = this.nowMs();
    for (const [request, wait] of this.bodies) {
      const why = request.complete || request.destroyed ? 'over' : this.exceeded(request, wait, nowMs);
      if (why === undefined) continue;
      this.bodies.delete(request);
      if (why !== 'over') wait.refuse(why);
    }
    if (this.bodies.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private exceeded(request: IncomingMessage, wait: BodyWait, nowMs: number): string | undefined {
    const { graceMs, minRate, totalMs } = this.settings;
    if (nowMs - wait.beganMs >= totalMs) return `The body did not end within ${totalMs} ms`;
    const isRead = request.readableFlowing === true && request.readableLength === 0;
    // What came in a longer pause of our own is not read yet.
    if (isRead) wait.waitedMs += Math.min(nowMs - wait.lookedAtMs, 2 * this.everyMs);
    wait.lookedAtMs = nowMs;
    if (wait.waitedMs < graceMs) return undefined;
    const { bytesRead } = request.socket;
    if ((bytesRead - wait.bytesBefore) * 1_000 < minRate * wait.waitedMs)
      return `The body came at less than ${minRate} bytes per second for ${Math.round(wait.waitedMs)} ms`;
    wait.waitedMs = 0;
    wait.bytesBefore = bytesRead;
    return undefined;
  }
}
