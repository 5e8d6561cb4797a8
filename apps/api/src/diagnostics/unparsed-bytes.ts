import { type FastifyInstance, errorCodes } from 'fastify';

const BYTES_ROUTE = '/diagnostics/bytes';

/**
 * Hands the body of one route to its handler as a stream, whatever its size. A parser that collects nothing has no limit
 * either, so every other route goes on refusing this media type.
 */
export function readBytesUnparsed(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('application/octet-stream', (request, payload, done) => {
    if (request.routeOptions.url === BYTES_ROUTE) done(null, payload);
    else done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE('application/octet-stream'));
  });
}
