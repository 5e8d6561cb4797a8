import type { FastifyInstance, onSendHookHandler } from 'fastify';

/** No promise: an answer that waits for the next turn may come behind the end of its request. */
const forgetLengthOfNone: onSendHookHandler = (_request, reply, payload, done) => {
  if (reply.statusCode === 204 || reply.statusCode === 304) reply.removeHeader('content-length');
  done(null, payload);
};

/**
 * HEAD answers the headers of GET, its length too. Where GET sends no body at all (204, 304) it has no length either, and
 * Fastify would say 0. Before the first route.
 */
export function keepHeadLengthTrue(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    // Last of all: behind the hook of Fastify that counts.
    if (route.method === 'HEAD') route.onSend = [route.onSend ?? []].flat().concat(forgetLengthOfNone);
  });
}
