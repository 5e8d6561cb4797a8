import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcesBody } from './body-presence.ts';
import { guarded } from './guarded.ts';

/** PendingResponses are the responses that one connection has not sent in full. */
export interface PendingResponses {
  /** Answers to the requests that have arrived, the oldest first: the order in which they go out. */
  readonly answers: ServerResponse[];
  /** Bytes that had been read when the last request, or with a body its answer, had ended; since then it is a next one. */
  readBefore: number;
  /** When it was opened, or its last answer had ended, by `performance.now()`. */
  idleSinceMs: number;
  /** When the first request without an answer arrived, by `performance.now()`. */
  beganMs: number;
  /** A request that was answered before all of it had come. */
  halfRead?: IncomingMessage;
}

const byConnection = new WeakMap<Socket, PendingResponses>();

export function pendingOn(socket: Socket): PendingResponses {
  const known = byConnection.get(socket);
  if (known) return known;
  const pending = { answers: [], readBefore: 0, idleSinceMs: performance.now(), beganMs: 0 };
  byConnection.set(socket, pending);
  socket.once('close', () => closeUnsent(pending));
  return pending;
}

/** closeUnsent closes the answers whose turn has not come. Node's own end of a connection closes only the first. */
function closeUnsent({ answers }: PendingResponses): void {
  for (const each of answers) if (!each.socket) each.destroy();
}

/**
 * destroyInTurn makes `destroy` of an answer whose turn has not come, behind that of an earlier request, end the connection
 * when its turn comes. Node's own emits at once that the answer has closed, and writes it all the same.
 */
function destroyInTurn(response: ServerResponse): void {
  const destroy = response.destroy.bind(response);
  const endIt = guarded(
    (socket: Socket) => void socket.destroy(),
    () => undefined,
  );
  const connection = response.req.socket;
  response.destroy = (error) => {
    if (response.socket || connection.destroyed) return destroy(error);
    return response.once('socket', endIt);
  };
}

/**
 * countPendingResponses tracks the pending responses of each connection of this server. Before any other listener, which may
 * read them.
 */
export function countPendingResponses(server: Server): void {
  server.prependListener('request', ({ headers, socket }: IncomingMessage, response: ServerResponse) => {
    const pending = pendingOn(socket);
    // What comes behind a request without a body belongs to the next one, also while this one waits for its answer.
    const readBefore = announcesBody(headers) ? undefined : socket.bytesRead;
    if (pending.answers.push(response) === 1) pending.beganMs = performance.now();
    if (!response.socket) destroyInTurn(response);
    // Not `once`, see Lifecycle.track.
    response.on('close', () => {
      pending.answers.splice(pending.answers.indexOf(response), 1);
      pending.readBefore = readBefore ?? socket.bytesRead;
      pending.idleSinceMs = performance.now();
      if (!response.req.complete) pending.halfRead = response.req;
    });
  });
}

/**
 * afterResponse runs this once the answer and all before it have gone out, or cannot any more; at once where none is
 * pending.
 */
export function afterResponse(last: ServerResponse | undefined, run: () => void): void {
  if (last && !last.closed) last.once('close', run);
  else run();
}

/**
 * isBehindFinalResponse is true behind an answer with `Connection: close`: nothing goes out behind it, so what arrives must
 * not be done (RFC 9112, 9.6). The head that says so may wait for the answers before it, or have gone out.
 */
export const isBehindFinalResponse = ({ socket }: IncomingMessage): boolean =>
  socket.writableEnded ||
  pendingOn(socket).answers.some((each) => each.headersSent && !each.shouldKeepAlive && !each.closed);

/** isPipelined is true of a request that comes while answers to earlier ones are pending, or behind the last one. */
export const isPipelined = (request: IncomingMessage): boolean =>
  pendingOn(request.socket).answers.length > 0 || isBehindFinalResponse(request);

/**
 * closeAfterResponses makes the last answer of this connection say `Connection: close`. One before it must not: Node would
 * end the connection behind it, and the answers to requests that may have been done would be lost.
 */
export function closeAfterResponses(response: ServerResponse): void {
  const { answers } = pendingOn(response.req.socket);
  const last = answers.at(-1) ?? response;
  for (const each of answers) if (!each.headersSent) each.shouldKeepAlive = true;
  if (!last.headersSent) last.shouldKeepAlive = false;
}
