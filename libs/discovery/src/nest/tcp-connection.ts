import type { Socket } from 'node:net';
import type { ClientTCP } from '@nestjs/microservices';
import { startDeadline } from '@nestfleet/timing';
import { take } from 'rxjs';

/** One TCP connection to one instance: made with the first message, closed once it is unwanted and idle. */
export interface TcpConnection {
  /**
   * Resolves with the first reply. Rejects with what the peer's handler threw, as it came over the wire (never an Error),
   * with an Error when the connection fails, or with the signal's reason.
   */
  send(pattern: unknown, data: unknown, signal: AbortSignal): Promise<unknown>;
  /** No more messages will come: closes as soon as the last reply is there or given up. */
  retire(): void;
}

/** connectTimeout is the error of a connection that did not come about, with Node's code for it: nothing was sent on it. */
const connectTimeout = (timeoutMs: number): Error =>
  Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' });

/**
 * @param connectTimeoutMs for the connection to come about, milliseconds, whatever time the message has that asked for it
 * @param onSilence a message was given up and not a byte had come since it was sent: the peer hangs, or the connection is
 * half-open and its packets go nowhere. Only a new connection can tell.
 */
export function createTcpConnection(client: ClientTCP, connectTimeoutMs: number, onSilence: () => void): TcpConnection {
  let isConnected = false;
  let timed: Socket | undefined;
  let isRetired = false;
  let pending = 0;
  client.status.subscribe((status: string) => (isConnected = status === 'connected'));

  /** The transport's socket, also while it connects; undefined before the first message and after the peer closed. */
  function socketNow(): Socket | undefined {
    try {
      return client.unwrap<Socket>();
    } catch {
      return undefined;
    }
  }

  /** The transport begins to connect with a message. One timer for each connect: later messages have the rest of it. */
  function boundConnect(): void {
    const socket = socketNow();
    if (!socket?.connecting || socket === timed) return;
    timed = socket;
    const cancel = startDeadline(connectTimeoutMs, () => void socket.destroy(connectTimeout(connectTimeoutMs)));
    socket.once('connect', cancel).once('close', cancel);
  }

  function close(): void {
    const socket = socketNow();
    client.close();
    // `close` alone waits for the peer's end, which a dead peer never sends. Those that wait for the same connect learn
    // through the error that it is over.
    socket?.destroy(socket.connecting ? new Error('the connection did not come about in time') : undefined);
  }

  return {
    send(pattern, data, signal) {
      pending += 1;
      const readBefore = socketNow()?.bytesRead ?? 0;
      return new Promise((resolve, reject) => {
        const fail = (error: unknown): void => {
          // Between a socket's error and its close the transport would answer every message with the old error.
          if (!isConnected && socketNow()?.destroyed) close();
          reject(error);
        };
        const subscription = client
          .send<unknown>(pattern, data)
          .pipe(take(1))
          .subscribe({ next: resolve, error: fail, complete: () => resolve(undefined) });
        const abort = (): void => {
          subscription.unsubscribe();
          reject(signal.reason as Error);
          // A connect that hangs would keep every later message waiting for the same hopeless attempt.
          if (!isConnected) close();
          else if (socketNow()?.bytesRead === readBefore) onSilence();
        };
        boundConnect();
        signal.addEventListener('abort', abort, { once: true });
        subscription.add(() => {
          signal.removeEventListener('abort', abort);
          pending -= 1;
          if (isRetired && pending === 0) close();
        });
        if (signal.aborted) abort();
      });
    },
    retire() {
      isRetired = true;
      if (pending === 0) close();
    },
  };
}
