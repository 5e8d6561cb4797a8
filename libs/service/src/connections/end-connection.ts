import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterResponse, pendingOn } from './pending-responses.ts';

/** Longest time that what still comes is read and dropped, milliseconds. */
const DISCARD_MS = 5_000;

const drop = (): void => undefined;

/** takeNoMoreRequests drops what still comes on this connection; its end is still noticed. */
export function takeNoMoreRequests(socket: Socket): void {
  // Node's own reader; that somebody else listens takes the bytes away from its parser.
  socket.removeAllListeners('data').on('data', drop);
  closeWithoutReset(socket);
}

/**
 * closeWithoutReset: Node ends a connection behind its last answer at once, which with bytes unread is a reset; from now on
 * it is no reset.
 */
export function closeWithoutReset(socket: Socket): void {
  socket.destroySoon = () => endWith(socket, '');
}

/**
 * endWith ends our side of a connection with these last bytes. What the client still sends is read and dropped for a while,
 * because closing with bytes unread resets the connection, and the client loses the answer that it was about to read.
 */
export function endWith(socket: Socket, last: string): void {
  if (socket.destroyed || !socket.writable) return;
  socket.end(last).resume();
  destroyLater(socket);
}

export function destroyLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), DISCARD_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/**
 * discardRest reads what is left of a body that nobody wants any more, for a while and no longer: the client may only look
 * at the answer once all is sent. The while begins when the answer has gone out, which it may do behind others.
 */
export function discardRest(source: IncomingMessage): void {
  if (source.complete || source.destroyed) return;
  source.resume();
  const answer = pendingOn(source.socket).answers.find(({ req }) => req === source);
  afterResponse(answer, () => {
    if (source.complete || source.destroyed) return;
    const timer = setTimeout(() => source.socket.destroy(), DISCARD_MS);
    timer.unref();
    source.once('close', () => clearTimeout(timer));
  });
}
