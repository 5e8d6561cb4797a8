import { routeRules } from '@nestfleet/contracts';
import type { FastifyInstance } from 'fastify';

/**
 * HEAD must not count, set or enqueue anything, and the router would run the GET handler for it. On routes whose GET has
 * an effect it is answered with an empty 200.
 */
export function installHeadWithoutEffect(fastify: FastifyInstance): void {
  const effectful = new Set(
    routeRules.filter((rule) => rule.method === 'GET' && rule.replay === 'unsent-only').map((rule) => rule.path),
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method === 'HEAD' && effectful.has(request.routeOptions.url ?? '')) {
      void reply.code(200).header('cache-control', 'no-store').send();
      return;
    }
    done();
  });
}
