import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTENT_SECURITY_POLICY, type DashboardFile, isFresh } from './dashboard-files.ts';
import { MISSING_PAGE } from './missing-page.ts';

/**
 * One exact route per file: what is not in the build falls through to the 404 problem, for a browser too. HEAD comes with
 * each GET, from Fastify.
 */
export function installDashboard(fastify: FastifyInstance, files: readonly DashboardFile[] | undefined): void {
  if (!files) {
    fastify.get('/', (_request, reply) =>
      reply
        .code(503)
        .headers({
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-store',
          'content-security-policy': CONTENT_SECURITY_POLICY,
        })
        .send(MISSING_PAGE),
    );
    return;
  }
  for (const file of files) fastify.get(file.url, (request, reply) => send(file, request, reply));
}

function send(file: DashboardFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.headers(file.headers);
  return isFresh(request.headers['if-none-match'], file.headers['etag'] ?? '')
    ? reply.code(304).send()
    : reply.send(file.body);
}
