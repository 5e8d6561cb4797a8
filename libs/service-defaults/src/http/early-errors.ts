import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemSpec, toProblem, toProblemSpec } from '../problem/problem.ts';

/** A path that cannot be decoded never reaches a route, nor the filter. */
export function answerFrameworkError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const spec = toProblemSpec(error);
  void reply
    .code(spec.status)
    .headers({ 'cache-control': 'no-store', 'x-request-id': request.id })
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

const BY_CODE: Readonly<Record<string, ProblemSpec>> = {
  HPE_HEADER_OVERFLOW: tooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
};

/** What Node's parser refuses has no request object: the answer is written by hand and the connection ends. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const spec = BY_CODE[error.code ?? ''] ?? malformed;
  const requestId = randomUUID();
  const body = JSON.stringify(toProblem(spec, requestId));
  const head = [
    `HTTP/1.1 ${spec.status} ${spec.title}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Longest time that the rest of a refused body is read and dropped. */
const DISCARD_MS = 5_000;

/**
 * Fastify closes the connection after it refused a body, and Node where the client asked for it. Closing with unread
 * bytes resets it, and the client loses the answer that it was about to read; so the rest of any refused request is read
 * and dropped first, for a while and no longer.
 */
export function letRefusedBodiesEnd(request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request;
  const { socket } = raw;
  // What is injected by a test has no connection.
  if (raw.complete || !(socket instanceof Socket)) return;
  const closes = !reply.raw.shouldKeepAlive;
  reply.raw.shouldKeepAlive = true;
  reply.removeHeader('connection');
  raw.resume();
  raw.once('end', () => (closes ? socket.end() : undefined));
  const timer = setTimeout(() => socket.destroy(), DISCARD_MS);
  timer.unref();
  raw.once('close', () => clearTimeout(timer));
}
