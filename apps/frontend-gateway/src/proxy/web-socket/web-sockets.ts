import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { guarded, isPipelined, type ProblemError } from '@nestfleet/service';
import type { FastifyInstance } from 'fastify';
import { upgradePipelined, upgradeWithBody } from '../problems.ts';
import { hasBody } from '../request-body.ts';

/** isWebSocket: the one upgrade that passes. Any other is a plain request, as HTTP allows: `h2c` from curl, for one. */
const isWebSocket = ({ method, httpVersion, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  httpVersion === '1.1' &&
  headers.upgrade?.toLowerCase() === 'websocket' &&
  headers['sec-websocket-key'] !== undefined;

const ignore = (): void => undefined;

/** The answer that a connection carries now: one of an earlier request, where requests were pipelined. */
const answerOn = (socket: Socket): ServerResponse | null | undefined =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })['_httpMessage'];

/**
 * WebSockets sends upgrade requests through the router and its hooks like any other, so that they are counted, logged and
 * known by their client, and can be refused with a problem. Only their end is another one.
 */
export class WebSockets {
  private readonly sockets = new WeakMap<IncomingMessage, Socket>();
  private readonly refused = new WeakMap<IncomingMessage, ProblemError>();

  /** @param onCut a connection was cut, for a fault that is nobody's outside */
  install(
    fastify: FastifyInstance,
    onCut: (fault: Error) => void,
    isOurs: (request: IncomingMessage) => boolean,
  ): void {
    const isToPass = (request: IncomingMessage): boolean => isWebSocket(request) && isOurs(request);
    // Else Node takes every request with an Upgrade header for one, once somebody listens. A pipelined one stays a plain
    // request, so that Node keeps the order of the answers, and one with a body, so that Node reads it.
    const shouldUpgradeCallback = (request: IncomingMessage): boolean => {
      if (!isToPass(request)) return false;
      if (isPipelined(request)) this.refused.set(request, upgradePipelined());
      if (hasBody(request.headers)) this.refused.set(request, upgradeWithBody());
      return !this.refused.has(request);
    };
    Object.assign(fastify.server, { shouldUpgradeCallback });
    const onUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
      // Node has taken its own handlers off; 'close' says the same.
      socket.on('error', ignore);
      if (isPipelined(request)) {
        endBehind(answerOn(socket), socket);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      // An answer other than 101.
      response.once(
        'finish',
        guarded(() => socket.destroySoon(), ignore),
      );
      // A Node before 24.9 has not asked; what is no WebSocket is answered, and its connection ends.
      if (isToPass(request)) this.sockets.set(request, socket);
      if (hasBody(request.headers)) this.refused.set(request, upgradeWithBody());
      fastify.routing(request, response);
    };
    const cut = (fault: Error, _request: IncomingMessage, socket: Socket): void => {
      onCut(fault);
      socket.destroy();
    };
    fastify.server.on('upgrade', guarded(onUpgrade, cut));
  }

  /** Why this request, which asked for an upgrade, is neither that nor a plain request. */
  refusalOf(request: IncomingMessage): ProblemError | undefined {
    return this.refused.get(request);
  }

  /** The connection that this request wants for itself; undefined for a plain request. */
  socketOf(request: IncomingMessage): Socket | undefined {
    return this.sockets.get(request);
  }
}

/**
 * A Node before 24.9 has not asked, and reads no more requests from this connection: it ends with the answer that it
 * carries. What came behind that one has not been looked at, which a client may know by the missing answer.
 */
function endBehind(earlier: ServerResponse | null | undefined, socket: Socket): void {
  if (!earlier) {
    socket.destroySoon();
    return;
  }
  // Node's own, which tells an answer that waits for its reader, went with the other handlers.
  socket.on(
    'drain',
    guarded(
      () => earlier.emit('drain'),
      () => socket.destroy(),
    ),
  );
  earlier.shouldKeepAlive = false;
  earlier.once(
    'finish',
    guarded(() => socket.destroySoon(), ignore),
  );
}
