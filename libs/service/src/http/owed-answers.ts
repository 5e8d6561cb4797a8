import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcesBody } from './body-presence.ts';
import { guarded } from './guarded.ts';

/** What one connection owes its client. */
export interface Owed {
  /** Answers to the requests that have arrived, the oldest first: the order in which they go out. */
  readonly answers: ServerResponse[];
  /** Bytes that had been read when the last request, or with a body its answer, had ended; since then it is a next one. */
  readBefore: number;
  /** When it was opened, or its last answer had ended, by `performance.now()`. */
  idleSinceMs: number;
  /** A request that was answered before all of it had come. */
  halfRead?: IncomingMessage;
}

const byConnection = new WeakMap<Socket, Owed>();

export function owedOn(socket: Socket): Owed {
  let owed = byConnection.get(socket);
  if (!owed) byConnection.set(socket, (owed = { answers: [], readBefore: 0, idleSinceMs: performance.now() }));
  return owed;
}

/**
 * destroyInTurn makes `destroy` of an answer whose turn has not come, behind that of an earlier request, end the connection when
 * its turn comes. Node's own tells at once that the answer has closed, and writes it all the same.
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
    connection.once('close', () => destroy(error));
    return response.once('socket', endIt);
  };
}

/** Keeps count of what each connection of this server owes. Before any other listener: what they ask must be there. */
export function countOwedAnswers(server: Server): void {
  server.prependListener('request', ({ headers, socket }: IncomingMessage, response: ServerResponse) => {
    const owed = owedOn(socket);
    // What comes behind a request without a body belongs to the next one, also while this one waits for its answer.
    const readBefore = announcesBody(headers) ? undefined : socket.bytesRead;
    owed.answers.push(response);
    if (!response.socket) destroyInTurn(response);
    // Not `once`, see Lifecycle.track.
    response.on('close', () => {
      owed.answers.splice(owed.answers.indexOf(response), 1);
      owed.readBefore = readBefore ?? socket.bytesRead;
      owed.idleSinceMs = performance.now();
      if (!response.req.complete) owed.halfRead = response.req;
    });
  });
}

/** Runs this once the answer and all before it have gone out, or cannot any more; at once where none is owed. */
export function whenAnswered(last: ServerResponse | undefined, run: () => void): void {
  if (last && !last.closed) last.once('close', run);
  else run();
}

/**
 * Nothing goes out behind an answer that has told its client that it is the last one, so what arrives behind it must not be
 * done (RFC 9112, 9.6). The head that says so may wait for the answers before it.
 */
export const isBehindTheLast = (response: ServerResponse): boolean =>
  owedOn(response.req.socket).answers.some(
    (each) => each !== response && each.headersSent && !each.shouldKeepAlive && !each.closed,
  );

/**
 * Makes the last answer of this connection say that it is the last one. One before it must not: Node would end the
 * connection behind it, and the answers to requests that may have been done would be lost.
 */
export function closeAfterAnswers(response: ServerResponse): void {
  const { answers } = owedOn(response.req.socket);
  const last = answers.at(-1) ?? response;
  for (const each of answers) if (!each.headersSent) each.shouldKeepAlive = true;
  if (!last.headersSent) last.shouldKeepAlive = false;
}
