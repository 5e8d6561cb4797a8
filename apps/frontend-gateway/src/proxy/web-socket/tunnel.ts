import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Boundary } from '../boundary.ts';
import { FrameBoundary, goingAway } from './frames.ts';

/** How long both ends may take to answer a close frame before their connections end, milliseconds. */
const CLOSE_HANDSHAKE_MS = 1_000;
/** How long a connection stays whose other end has said that nothing more comes, while no byte moves on it, milliseconds. */
const HALF_CLOSED_SILENCE_MS = 10_000;
/** A peer that vanished is found out by the kernel. */
const KEEP_ALIVE_MS = 60_000;

/** OneWay passes on the bytes of one direction, with back-pressure, until `endGracefully`, and then up to the end of a frame. */
class OneWay {
  private readonly frames = new FrameBoundary();
  private onOver: (() => void) | undefined;
  private over = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly closeFrame: () => Buffer,
  ) {}

  /** To be called when all other listeners are there: bytes begin to come. */
  open(boundary: Boundary): void {
    const { from, to } = this;
    boundary.on(to, 'drain', () => from.resume());
    boundary.on(from, 'data', (chunk: Buffer) => this.take(chunk));
  }

  endGracefully(onOver: () => void): void {
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
    if (!this.frames.hasClosed && this.to.writable) this.to.write(this.closeFrame());
    this.from.resume();
    this.onOver();
  }
}

/**
 * joinSockets makes one of two connections after an upgrade: bytes, the end of one side, and the end of all. When streams are to end it
 * says 1001 to both sides, each behind the frame that is passing, and ends the connections when they have had the time to
 * answer.
 * @param streamsEnd aborted when this gateway shuts down: streams are to end by themselves
 */
export function joinSockets(client: Socket, replica: Socket, streamsEnd: AbortSignal, boundary: Boundary): void {
  const ways = [
    new OneWay(client, replica, () => goingAway(randomBytes(4))),
    new OneWay(replica, client, () => goingAway()),
  ];
  let timer: NodeJS.Timeout | undefined;
  const endBoth = (): void => {
    endSide(client);
    endSide(replica);
  };
  const endGracefully = (): void => {
    let running = ways.length;
    for (const way of ways)
      way.endGracefully(() => {
        running -= 1;
        if (running === 0) timer = boundary.after(CLOSE_HANDSHAKE_MS, endBoth);
      });
  };
  const stopListening = streamsEnd.aborted ? () => undefined : boundary.onAbort(streamsEnd, endGracefully);
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
  // What has happened before these listeners were there reaches none of them.
  for (const [mine, other] of [
    [client, replica],
    [replica, client],
  ] as const) {
    if (mine.destroyed) onClose(other, false);
    else if (mine.readableEnded) endSide(other);
  }
  for (const way of ways) way.open(boundary);
  if (streamsEnd.aborted) endGracefully();
}

/** Passes the end on. A peer that neither sends nor ends after it is not waited for: it holds a slot of its replica. */
function endSide(socket: Socket): void {
  socket.end();
  socket.setTimeout(HALF_CLOSED_SILENCE_MS);
}
