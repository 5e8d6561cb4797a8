import { createHash } from 'node:crypto';
import { publicSessionId } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import { badHeader } from './entity-tags.ts';
import type { SessionCookie } from './sessions/session-cookie.ts';

const IDEMPOTENCY_KEY = 'idempotency-key';
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request; a problem where it is not one, because a retry would then count twice. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const header = request.headers[IDEMPOTENCY_KEY];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && keyPattern.test(header)) return header;
  throw badHeader(IDEMPOTENCY_KEY, 'is 1 to 255 visible ASCII characters');
}

/**
 * One text for the key and its owner: the session by its cookie, or all callers without one. So a key of one session
 * never answers for another's, and keys are to be random.
 */
export function ownedKey(key: string, request: FastifyRequest, cookie: SessionCookie): string {
  const presented = cookie.read(request);
  const owner = presented === undefined ? '' : publicSessionId(presented.id);
  return createHash('sha256')
    .update(JSON.stringify([owner, key]))
    .digest('base64url');
}
