import type { Socket } from 'node:net';
import type { Boundary } from '../boundary.ts';

/** Of what was given to the kernel the part that it has not taken; Node keeps no public count of it. */
export const bytesNotTaken = (socket: Socket): number =>
  (socket as Socket & { _handle?: { writeQueueSize?: number } | null })['_handle']?.writeQueueSize ?? 0;

/**
 * SendTimeout bounds the time in which a peer takes nothing of what lies ready for it. What the peer sends meanwhile does not
 * count, as it does for Node's own timeout of a connection.
 */
export class SendTimeout {
  private timer: NodeJS.Timeout | undefined;
  private seen = 0;

  /**
   * @param notTaken bytes that lie ready now
   * @param onStuck is called once for each start, at most
   */
  constructor(
    private readonly boundary: Boundary,
    private readonly limitMs: number,
    private readonly notTaken: () => number,
    private readonly onStuck: () => void,
  ) {}

  /** Something lies ready. Does nothing while it runs. */
  start(): void {
    if (this.timer) return;
    this.seen = this.notTaken();
    this.timer = this.boundary.after(this.limitMs, this.endTurn);
  }

  /** All of it was taken, or nobody waits for that any more. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /**
   * After a stall of our own process timers fire before sockets are written, so these get one turn before the verdict. It is of
   * this timer: in that turn all may be taken, and more lie ready.
   */
  private readonly endTurn = (): void => void setImmediate(this.boundary.guard(this.evaluate), this.timer);

  private readonly evaluate = (timer: NodeJS.Timeout | undefined): void => {
    if (timer === undefined || this.timer !== timer) return;
    const left = this.notTaken();
    const { seen } = this;
    this.stop();
    // Node tells nobody that all was taken of a connection that it is to end behind it.
    if (left === 0) return;
    if (left === seen) this.onStuck();
    else this.start();
  };
}
