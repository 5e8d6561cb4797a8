import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import type { Logger } from '../logging.ts';
import { answerClientError, refuseConnect } from './early-errors.ts';
import { endConnection, guarded } from '../connections/guarded.ts';
import { isMet } from './expectation.ts';
import { headerBound } from './header-count.ts';
import { countPendingResponses, pendingOn } from '../connections/pending-responses.ts';

/**
 * Longest silence of an answer whose client has ended its own side, milliseconds. It may have gone, which only writing to
 * it shows.
 */
const HALF_CLOSED_SILENCE_MS = 60_000;

/**
 * installConnectionRules is what holds for each connection of our HTTP servers: an error is never sent as the answer to
 * another request, a request that was understood gets its answer, also where its client has ended its own side, and each has
 * its client's address. Before it listens, over TCP.
 */
export function installConnectionRules(server: Server, log: Pick<Logger, 'error'>): void {
  countPendingResponses(server);
  // Else Node ends its own side with that of the client, whatever is pending.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxHeadersCount = headerBound;
  server.on('connection', (socket: Socket) => {
    // Reset before it was accepted: what lies in it to be read is nobody's, and would be taken for another client's than when
    // it is sent again. Node keeps an address that was read here, for requests whose client has gone since.
    if (socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const onEnd = (): void => {
      if (pendingOn(socket).answers.length > 0) socket.setTimeout(HALF_CLOSED_SILENCE_MS);
    };
    socket.once(
      'end',
      guarded(onEnd, (fault) => endConnection(log, fault, socket)),
    );
  });
  // Without a listener Node destroys the connection, whatever is pending.
  server.on(
    'connect',
    guarded(refuseConnect, (fault, _request, socket) => endConnection(log, fault, socket)),
  );
  server.on(
    'checkContinue',
    guarded(sayContinue, (fault, { socket }) => endConnection(log, fault, socket)),
  );
  // Without a listener Node answers it, in no form of ours.
  server.on(
    'checkExpectation',
    guarded(passOn, (fault, { socket }) => endConnection(log, fault, socket)),
  );
}

/** Refused where all other requests are, so that the answer is ours: see `unmetExpectation`. */
function passOn(request: IncomingMessage, response: ServerResponse): void {
  (request.socket as Socket & { server: Server }).server.emit('request', request, response);
}

/** Node would queue its word for an answer whose turn has not come, and put that answer's head in front of it. */
function sayContinue(request: IncomingMessage, response: ServerResponse): void {
  if (!isMet(request.headers.expect)) return passOn(request, response);
  if (response.socket) response.writeContinue();
  else
    response.once('socket', () => {
      if (!response.headersSent) response.writeContinue();
    });
  passOn(request, response);
}

/** What cannot be read: see `answerClientError`. */
export const onClientError = (log: Pick<Logger, 'error'>): ((error: NodeJS.ErrnoException, socket: Socket) => void) =>
  guarded(answerClientError, (fault, _error, socket) => endConnection(log, fault, socket));

/**
 * surviveAcceptFaults lets a server serve on where a connection could not be accepted (no descriptor, no memory). Without a
 * listener that would end the process; what listening fails with, its caller hears beside it.
 */
export function surviveAcceptFaults(server: NetServer, log: Pick<Logger, 'error'>): void {
  server.on('error', (error) =>
    log.error({ event: 'server.fault', err: error }, 'a server could not take a connection'),
  );
}
