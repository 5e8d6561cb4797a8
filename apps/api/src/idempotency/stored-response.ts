import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { toProblem } from '@nestfleet/service';
import type { StoredResponse } from '@nestfleet/state';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../caller/session-cookie.ts';

/** Headers of a response that belong to what was done; all others belong to who answers, and when. */
const STORED_HEADERS = ['content-type', 'cache-control', 'etag', 'location'];
/** Ours, never sent: the id of the session that the answer gave to the client. */
const SESSION = 'nestfleet-session';

/**
 * responseToStore is what is stored of a response, undefined where it is no text. Of cookies only the session's bare id, which
 * Redis holds anyway: the signature is made anew, so that reading Redis gives nobody a cookie. And only for a secret key.
 */
export function responseToStore(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  secret: boolean,
): StoredResponse | undefined {
  const body = payload ?? '';
  if (typeof body !== 'string') return undefined;
  const headers: Record<string, string> = {};
  for (const name of STORED_HEADERS) {
    const value = reply.getHeader(name);
    if (typeof value === 'string') headers[name] = value;
  }
  const session = secret ? issuedSession(request, reply) : undefined;
  return { status: reply.statusCode, headers: { ...headers, ...(session && { [SESSION]: session }) }, body };
}

export function splitStored({ headers }: StoredResponse): { headers: Record<string, string>; session?: string } {
  const { [SESSION]: session, ...shown } = headers;
  return { headers: shown, ...(session !== undefined && { session }) };
}

function issuedSession(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const lines = [reply.getHeader('set-cookie') ?? []].flat().map(String);
  const line = lines.find((each) => each.startsWith(`${SESSION_COOKIE}=`));
  const value = line?.slice(SESSION_COOKIE.length + 1).split(';', 1)[0];
  if (value === undefined || value === '') return undefined;
  return request.unsignCookie(decodeURIComponent(value)).value ?? undefined;
}

/** notStored is stored where it was done and answered, and the response is too large to be replayed. */
export function notStored(requestId: string): StoredResponse {
  const spec = {
    status: 409,
    code: 'idempotency_response_not_stored',
    title: 'It was done before',
    detail: 'It was done for this key, and its answer was too large to be kept',
  };
  return {
    status: spec.status,
    headers: { 'content-type': PROBLEM_MEDIA_TYPE, 'cache-control': 'no-store' },
    body: JSON.stringify(toProblem(spec, requestId)),
  };
}
