import { Readable } from 'node:stream';
import { services } from '@nestfleet/contracts';
import type { FastifyInstance } from 'fastify';

/**
 * installHeadWithoutEffect: HEAD must not count, set or enqueue anything, and the router would run the GET handler for it.
 * On routes whose GET has an effect it is answered with a 200 without the length, which only doing it would show (RFC 9110
 * section 9.3.2).
 */
export function installHeadWithoutEffect(fastify: FastifyInstance): void {
  const effectful = new Set(
    services.api.routes
      .filter((rule) => rule.method === 'GET' && rule.retryPolicy === 'connect-failure')
      .map((rule) => rule.path),
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'HEAD' && effectful.has(request.routeOptions.url ?? '')) {
      const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
      // A stream: of anything else the length would be sent, which only an answer to GET has.
      void reply.code(200).headers(headers).send(Readable.from([]));
      return;
    }
    done();
  });
}
