import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../problem/problem.ts';
import { announcesBody } from '../connections/body-presence.ts';
import { readJson } from './json-text.ts';

/**
 * installBodyParsers sets how bodies are read: JSON in UTF-8, whole or not at all, and nothing else. One of zero bytes is no
 * body, whatever its Content-Type says: clients that name a type on each request must be able to send none. Nest's own
 * parsers are to be off.
 */
export function installBodyParsers(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : readJson(body)),
  );
  // Also for a body of which no type is said. Refused by its first byte, because it may be long.
  fastify.addContentTypeParser('*', async ({ headers }: FastifyRequest, payload: IncomingMessage) => {
    if (!announcesBody(headers)) return;
    const isChunked = headers['transfer-encoding'] !== undefined;
    const first = isChunked ? await Promise.race([once(payload, 'data'), once(payload, 'end')]) : [payload];
    if (first.length > 0) throw notRead('Only application/json is read here');
  });
  fastify.addHook('preParsing', async ({ headers, is404 }) => {
    if (is404 || !announcesBody(headers)) return;
    if (!isPlain(headers['content-encoding'])) throw codedBody();
    if (!isMediaType(headers['content-type'])) throw notRead('Only application/json is read here');
    if (!isUtf8(headers['content-type'])) throw notRead('Only text in UTF-8 is read here');
  });
}

const isPlain = (codings = 'identity'): boolean =>
  codings.split(',').every((coding) => coding.trim().toLowerCase() === 'identity');

/** What is none is refused by Fastify too, and there without a word of what is read. None at all is left to the parsers. */
const isMediaType = (contentType = 'none/none'): boolean =>
  /^[ \t]*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+[ \t]*(?:;|$)/.test(contentType);

/** All that it says, were it twice: which of two counts is not agreed on. */
const isUtf8 = (contentType = ''): boolean =>
  [...contentType.matchAll(/;[ \t]*charset[ \t]*=[ \t]*"?([^\s;"]*)/gi)].every(([, charset = '']) =>
    /^utf-?8$/i.test(charset),
  );

/** The header says which is (RFC 9110 section 15.5.16). */
const notRead = (detail: string): ProblemError =>
  new ProblemError({
    status: 415,
    code: 'unsupported_media_type',
    title: 'This media type is not read here',
    detail,
    headers: { accept: 'application/json' },
  });

/** The header distinguishes this 415 from the one of a media type (RFC 9110 section 12.5.3). */
const codedBody = (): ProblemError =>
  new ProblemError({
    status: 415,
    code: 'unsupported_content_coding',
    title: 'This content coding is not read here',
    detail: 'Only bodies without a Content-Encoding are read here',
    headers: { 'accept-encoding': 'identity' },
  });
