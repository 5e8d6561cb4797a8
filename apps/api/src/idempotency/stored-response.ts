import { PROBLEM_MEDIA_TYPE } from '@nestfleet/contracts';
import { toProblem } from '@nestfleet/service';
import { RESPONSE_CHARS_MAX, type StoredResponse } from '@nestfleet/state';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../caller/session-cookie.ts';

/** Headers of a response that belong to what was done; all others belong to who answers, and when. */
const STORED_HEADERS = ['content-type', 'cache-control', 'etag', 'location'];
/** Ours, never sent: the id of the session that the answer gave to the client. */
const SESSION = 'nestfleet-session';
/** Room for headers within the bound of what is stored. */
const BODY_CHARS_MAX = RESPONSE_CHARS_MAX - 4_096;

/** Nothing was begun; 422 is of what was done before under that key, which has its response from then. */
const NOT_BEGUN = new Set([400, 413, 415, 422, 429]);
const REFUSALS_FROM = 400;
const SERVER_ERRORS_FROM = 500;

/**
 * Only what is known to be final is stored. Where nothing was begun, or a fault (500 and above) leaves open what was done,
 * the key stays free for the retry: effects that must not happen twice carry it along.
 */
export const isStored = (status: number, isRefusedForNow = false): boolean =>
  status < (isRefusedForNow ? REFUSALS_FROM : SERVER_ERRORS_FROM) && !NOT_BEGUN.has(status);

/**
 * responseToStore is what is stored of a response. Of cookies only the session's bare id, which Redis holds anyway: the
 * signature is made anew, so that reading Redis gives nobody a cookie. And only for a secret key.
 */
export function responseToStore(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  secret: boolean,
): StoredResponse {
  const body = payload ?? '';
  if (typeof body !== 'string' || body.length > BODY_CHARS_MAX) return notStored(request.id);
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

/** It was done and answered; only the response is too large to be replayed. */
function notStored(requestId: string): StoredResponse {
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
