import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemSpec, toProblem, toProblemSpec } from '../problem/problem.ts';
import {
  destroyLater,
  discardRest,
  closeWithoutReset,
  endWith,
  takeNoMoreRequests,
} from '../connections/end-connection.ts';
import { corsHeadersOf } from './cors.ts';
import { afterResponse, pendingOn } from '../connections/pending-responses.ts';

const unroutedHooks = new WeakMap<FastifyInstance, (request: FastifyRequest, reply: FastifyReply) => Promise<void>>();

/**
 * beforeUnrouted runs `hook` before the answer to a request that the router refuses: no hook of Fastify sees those. One for an app.
 * @param hook what it rejects with is the answer in place of that of the router
 */
export function beforeUnrouted(
  fastify: FastifyInstance,
  hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>,
): void {
  unroutedHooks.set(fastify, hook);
}

/** answerFrameworkError: a path that cannot be decoded never reaches a route, nor the filter. */
export function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void answerUnrouted(error, request, reply);
}

async function answerUnrouted(error: Error, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  let answer: unknown = error;
  try {
    await unroutedHooks.get(request.server)?.(request, reply);
  } catch (refusal) {
    answer = refusal;
  }
  const spec = toProblemSpec(answer);
  if (spec.retryAfterS !== undefined) void reply.header('retry-after', String(spec.retryAfterS));
  void reply
    .code(spec.status)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id, ...corsHeadersOf(request) })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(toProblem(spec, request.id)));
}

const malformed: ProblemSpec = {
  status: 400,
  code: 'malformed_http',
  title: 'This is not HTTP as we read it',
  detail: 'The request could not be parsed',
};
const tooLarge: ProblemSpec = {
  ...malformed,
  status: 431,
  code: 'headers_too_large',
  title: 'The headers are too large',
};
const tooSlow: ProblemSpec = {
  ...malformed,
  status: 408,
  code: 'request_timeout',
  title: 'The request came too slowly',
};

const noTunnels: ProblemSpec = {
  status: 501,
  code: 'not_implemented',
  title: 'This is no proxy',
  detail: 'CONNECT is not served here',
};

const BY_CODE: Readonly<Record<string, ProblemSpec>> = {
  HPE_HEADER_OVERFLOW: tooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
};

/** Connections on which something could not be read; all that comes behind it is not read either. */
const refused = new WeakSet<Socket>();

/**
 * answerClientError: what Node's parser refuses has no request object of its own: the answer is written by hand, and the
 * connection ends. Not before the answers to the requests before it, which were understood and may have been done. Where the
 * fault is within a body, it is that request's answer, unless its answer has begun: then nothing is said.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || refused.has(socket)) return;
  refused.add(socket);
  takeNoMoreRequests(socket);
  const { answers, halfRead } = pendingOn(socket);
  const last = answers.at(-1);
  const torn = last?.req.complete === false ? last : undefined;
  afterResponse(torn ? answers.at(-2) : last, () => {
    if (torn?.headersSent) {
      afterResponse(torn, () => endWith(socket, ''));
      destroyLater(socket);
    } else endWith(socket, halfRead?.complete === false ? '' : rawAnswer(BY_CODE[error.code ?? ''] ?? malformed));
  });
}

/**
 * refuseConnect answers a request for a tunnel. Node has taken its own listeners off the connection; the answers before it
 * still need them.
 */
export function refuseConnect(_request: IncomingMessage, socket: Socket): void {
  const { answers } = pendingOn(socket);
  socket.on('error', () => undefined);
  socket.on('drain', () => answers[0]?.emit('drain'));
  takeNoMoreRequests(socket);
  afterResponse(answers.at(-1), () => endWith(socket, rawAnswer(noTunnels)));
}

function rawAnswer(spec: ProblemSpec): string {
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(spec, requestId));
  const head = [
    `HTTP/1.1 ${spec.status} ${spec.title}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/**
 * letRefusedBodiesEnd: Fastify closes the connection after it refused a body, and Node where the client asked for it or
 * waits to be asked for its body. Closing with unread bytes resets it, and the client loses the answer that it was about to
 * read; so the rest of any refused request is read and dropped, for a while and no longer. The connection lives on where the
 * client wants it to, and else the answer says that it ends.
 */
export function letRefusedBodiesEnd(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  const { socket } = raw;
  // What is injected by a test has no connection.
  if (raw.complete || !(socket instanceof Socket)) return;
  if (reply.raw.shouldKeepAlive && raw.headers.expect === undefined) reply.removeHeader('connection');
  else {
    void reply.header('connection', 'close');
    // By this one, and not by the header, it is known that nothing goes out behind it.
    reply.raw.shouldKeepAlive = false;
    closeWithoutReset(socket);
  }
  discardRest(raw);
}
