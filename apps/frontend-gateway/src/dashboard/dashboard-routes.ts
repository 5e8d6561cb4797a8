import { CONTENT_SECURITY_POLICY, ProblemError, conditionsOf, readOutcome } from '@nestfleet/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { chosenCoding } from './content-coding.ts';
import type { DashboardFile } from './dashboard-files.ts';
import { MISSING_PAGE } from './missing-page.ts';
import { PEER_HEADER, type PeerAssets } from './peer-assets.ts';

/**
 * One exact route per file: what is not in the build falls through to the 404 problem, for a browser too, unless it is an
 * asset that a peer has. HEAD comes with each GET, from Fastify.
 */
export function installDashboard(
  fastify: FastifyInstance,
  files: readonly DashboardFile[] | undefined,
  peers: Pick<PeerAssets, 'find'>,
): void {
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
  fastify.get('/assets/*', async ({ url, headers }, reply) => {
    const asset = headers[PEER_HEADER] === undefined ? await peers.find(url, headers['accept-encoding']) : undefined;
    if (asset === undefined) return reply.callNotFound();
    return reply.headers(asset.headers).send(asset.body);
  });
}

function send(file: DashboardFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { url, coded } = file;
  const codings = coded.map((each) => each.coding);
  const coding = chosenCoding(request.headers['accept-encoding'], codings);
  const { headers, body } = coded.find((each) => each.coding === coding) ?? file;
  const outcome = readOutcome(conditionsOf(request.headers), headers['etag']?.slice(1, -1) ?? '');
  if (outcome === 'changed') throw otherFile(url);
  void reply.headers(headers);
  return outcome === 'not-modified' ? reply.code(304).send() : reply.send(body);
}

const otherFile = (url: string): ProblemError =>
  new ProblemError({
    status: 412,
    code: 'precondition_failed',
    title: 'It has changed meanwhile',
    detail: `${url} is of another build than the one that was asked for`,
  });
