import {
  IDEMPOTENCY_REPLAYED_HEADER,
  OVERLOADED_HEADER,
  RATE_LIMIT_HEADER,
  RATE_LIMIT_POLICY_HEADER,
  REQUEST_ID_HEADER,
  SERVED_BY_HEADER,
} from '@nestfleet/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** CORS_EXPOSED_HEADERS are what a page of another origin may read of an answer. HAProxy's edge-proxy.cfg has the same ones. */
export const CORS_EXPOSED_HEADERS: readonly string[] = [
  'etag',
  'retry-after',
  REQUEST_ID_HEADER,
  SERVED_BY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  OVERLOADED_HEADER,
  RATE_LIMIT_HEADER,
  RATE_LIMIT_POLICY_HEADER,
];

const originsOf = new WeakMap<object, readonly string[]>();

/** corsHeadersOf is what the answer to this request says of its origin; nothing for one that is not allowed. */
export function corsHeadersOf({ headers, server }: FastifyRequest): Readonly<Record<string, string>> {
  const { origin } = headers;
  if (origin === undefined || !originsOf.get(server.server)?.includes(origin)) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': CORS_EXPOSED_HEADERS.join(', '),
    vary: 'Origin',
  };
}

/**
 * allowOriginsOnProblems lets pages of these origins read what this process refuses by itself. To a page a problem without
 * these headers is a network error: it sees no status and no Retry-After.
 */
export function allowOriginsOnProblems(fastify: FastifyInstance, origins: readonly string[]): void {
  originsOf.set(fastify.server, origins);
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const isUnsaid = reply.statusCode >= 400 && !reply.hasHeader('access-control-allow-origin');
    if (isUnsaid) void reply.headers(corsHeadersOf(request));
    done();
  });
}
