import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { FrameBoundary, goingAway } from './frames.ts';

/** How long both ends may take to answer a close frame before their connections end, milliseconds. */
const GOODBYE_MS = 1_000;
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
  ) {
    from.on('data', (chunk: Buffer) => this.take(chunk));
    from.on('end', () => to.end());
    to.on('drain', () => from.resume());
  }

  tell(onOver: () => void): void {
    this.onOver = onOver;
    this.endBetween();
  }

  private take(chunk: Buffer): void {
    // What comes behind the close frame is read and dropped.
    if (this.over) return;
    const passed = this.frames.pass(chunk, this.onOver !== undefined);
    if (!this.to.write(chunk.subarray(0, passed))) this.from.pause();
    this.endBetween();
  }

  private endBetween(): void {
    if (this.over || this.onOver === undefined || !this.frames.isBetween) return;
    this.over = true;
    if (!this.frames.hasClosed) this.to.write(this.goodbye());
    this.from.resume();
    this.onOver();
  }
}

/**
 * Makes one of two connections after an upgrade. When streams are to end it says 1001 to both sides, each behind the frame
 * that is passing, and ends the connections when they have had the time to answer.
 */
export function joinSockets(client: Socket, replica: Socket, streamsEnd: AbortSignal): void {
  const ways = [new Way(client, replica, () => goingAway(randomBytes(4))), new Way(replica, client, () => goingAway())];
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    client.end();
    replica.end();
  };
  const leave = (): void => {
    let running = ways.length;
    for (const way of ways)
      way.tell(() => {
        running -= 1;
        if (running === 0) timer = setTimeout(end, GOODBYE_MS);
      });
  };
  for (const [mine, other] of [
    [client, replica],
    [replica, client],
  ] as const) {
    mine.setTimeout(0);
    mine.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    // 'close' comes behind it and says the same.
    mine.on('error', () => undefined);
    mine.on('close', (hadError: boolean) => {
      clearTimeout(timer);
      streamsEnd.removeEventListener('abort', leave);
      if (hadError) other.destroy();
      else other.end();
    });
  }
  if (streamsEnd.aborted) leave();
  else streamsEnd.addEventListener('abort', leave);
}
