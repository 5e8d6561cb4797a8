import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Looks within the limit: the more there are, the less is a connection kept beyond it. */
const LOOKS = 8;

/** What Node counts of a connection's bytes that were given to the kernel; it has no public name. */
interface Handle {
  readonly bytesWritten?: number;
  readonly writeQueueSize?: number;
}

/** takenBytes is how many bytes of ours the kernel has taken so far for this connection. */
export function takenBytes(socket: Socket): number {
  const { bytesWritten = 0, writeQueueSize = 0 } = (socket as Socket & { _handle?: Handle | null })['_handle'] ?? {};
  return bytesWritten - writeQueueSize;
}

/**
 * SendTimeouts reset connections whose other end takes nothing of what lies ready for it. What it sends meanwhile does not
 * count, as it does for Node's own timeout of a connection.
 */
export class SendTimeouts {
  /** Of each connection what was taken when it was last seen to be taken, and the looks since then; none while nothing lies ready. */
  private readonly open = new Map<Socket, { taken: number; looks: number } | undefined>();
  private timer: NodeJS.Timeout | undefined;

  /** @param limitMs longest time in which nothing is taken, milliseconds */
  constructor(private readonly limitMs: number) {}

  get count(): number {
    return this.open.size;
  }

  /** Watches all connections that the server accepts from now on. */
  watchServer(server: Server): void {
    server.on('connection', (socket: Socket) => this.watch(socket));
  }

  watch(socket: Socket): void {
    this.open.set(socket, undefined);
    socket.once('close', () => this.forget(socket));
    // After a stall of our own process timers fire before sockets are written.
    this.timer ??= setInterval(() => setImmediate(() => this.look()), this.limitMs / LOOKS).unref();
  }

  /** Is called `LOOKS` times within the limit. */
  look(): void {
    for (const [socket, seen] of this.open) {
      // Nearly all are idle, and to ask a connection what was taken of it costs.
      if (socket.writableLength === 0) {
        if (seen !== undefined) this.open.set(socket, undefined);
        continue;
      }
      const taken = takenBytes(socket);
      if (seen?.taken !== taken) this.open.set(socket, { taken, looks: 0 });
      else if ((seen.looks += 1) >= LOOKS) {
        // The kernel would keep what is not taken beyond a plain end.
        socket.resetAndDestroy();
      }
    }
  }

  private forget(socket: Socket): void {
    this.open.delete(socket);
    if (this.open.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
