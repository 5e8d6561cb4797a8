import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Boundary } from '../boundary.ts';
import { FrameBoundary, goingAway } from './frames.ts';

/** How long both ends may take to answer a close frame before their connections end, milliseconds. */
const GOODBYE_MS = 1_000;
/** How long a connection stays whose other end has said that nothing more comes, while no byte moves on it, milliseconds. */
const HALF_CLOSED_SILENCE_MS = 10_000;
/** A peer that vanished is found out by the kernel. */
const KEEP_ALIVE_MS = 60_000;

/** One direction: bytes as they come, with back-pressure, until it is told to end, and then up to the end of a frame. */
class Way {
  private readonly frames = new FrameBoundary();
  private onOver: (() => void) | undefined;
  private over = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly goodbye: () => Buffer,
  ) {}

  /** To be called when all other listeners are there: bytes begin to come. */
  open(boundary: Boundary): void {
    const { from, to } = this;
    boundary.on(to, 'drain', () => from.resume());
    boundary.on(from, 'data', (chunk: Buffer) => this.take(chunk));
  }

  tell(onOver: () => void): void {
    this.onOver = onOver;
    this.endBetween();
  }

  private take(chunk: Buffer): void {
    // What comes behind the close frame is read and dropped, and so is what the other end takes no more.
    if (this.over || !this.to.writable) return;
    const passed = this.frames.pass(chunk, this.onOver !== undefined);
    if (!this.to.write(chunk.subarray(0, passed))) this.from.pause();
    this.endBetween();
  }

  private endBetween(): void {
    if (this.over || this.onOver === undefined || !this.frames.isBetween) return;
    this.over = true;
    if (!this.frames.hasClosed && this.to.writable) this.to.write(this.goodbye());
    this.from.resume();
    this.onOver();
  }
}

/**
 * Makes one of two connections after an upgrade: bytes, the end of one side, and the end of all. When streams are to end it
 * says 1001 to both sides, each behind the frame that is passing, and ends the connections when they have had the time to
 * answer.
 */
export function joinSockets(client: Socket, replica: Socket, streamsEnd: AbortSignal, boundary: Boundary): void {
  const ways = [new Way(client, replica, () => goingAway(randomBytes(4))), new Way(replica, client, () => goingAway())];
  let timer: NodeJS.Timeout | undefined;
  const endBoth = (): void => {
    endSide(client);
    endSide(replica);
  };
  const leave = (): void => {
    let running = ways.length;
    for (const way of ways)
      way.tell(() => {
        running -= 1;
        if (running === 0) timer = boundary.after(GOODBYE_MS, endBoth);
      });
  };
  const stopListening = streamsEnd.aborted ? () => undefined : boundary.onAbort(streamsEnd, leave);
  const cutBoth = (): void => {
    client.destroy();
    replica.destroy();
  };
  const onClose = (other: Socket, hadError: boolean): void => {
    clearTimeout(timer);
    stopListening();
    other.setTimeout(HALF_CLOSED_SILENCE_MS);
    if (hadError) other.destroy();
    else other.destroySoon();
  };
  for (const [mine, other] of [
    [client, replica],
    [replica, client],
  ] as const) {
    // Each side says for itself that nothing more comes from it.
    mine.allowHalfOpen = true;
    mine.setTimeout(0);
    mine.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    boundary.on(mine, 'timeout', cutBoth);
    // 'close' comes behind it and says the same.
    boundary.on(mine, 'error', () => undefined);
    boundary.on(mine, 'end', () => endSide(other));
    boundary.on(mine, 'close', (hadError: boolean) => onClose(other, hadError));
  }
  // What has happened before these listeners were there is told to none of them.
  for (const [mine, other] of [
    [client, replica],
    [replica, client],
  ] as const) {
    if (mine.destroyed) onClose(other, false);
    else if (mine.readableEnded) endSide(other);
  }
  for (const way of ways) way.open(boundary);
  if (streamsEnd.aborted) leave();
}

/** Passes the end on. A peer that neither sends nor ends after it is not waited for: it holds a place of its replica. */
function endSide(socket: Socket): void {
  socket.end();
  socket.setTimeout(HALF_CLOSED_SILENCE_MS);
}
