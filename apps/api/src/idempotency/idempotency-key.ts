import { createHash } from 'node:crypto';
import { IDEMPOTENCY_KEY_HEADER } from '@nestfleet/contracts';
import { badHeader } from '@nestfleet/service';
import type { FastifyRequest } from 'fastify';

const KEY_LENGTH_MAX = 255;
const keyPattern = /^[\x21-\x7e]+$/;
/** A string as the header's draft writes it (RFC 9651 section 3.3.3). */
const quotedPattern = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** As `crypto.randomUUID()` makes it: 122 random bits. */
const randomUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * The `Idempotency-Key` of a request, in one spelling: in quotes or not, a UUID in any case (RFC 9562 section 4). A problem
 * where it is not one, because a retry would then be done twice.
 */
export function idempotencyKeyOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = headers[IDEMPOTENCY_KEY_HEADER];
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? textOf(header) : '';
  if (key.length < 1 || key.length > KEY_LENGTH_MAX)
    throw badHeader(
      IDEMPOTENCY_KEY_HEADER,
      `is 1 to ${KEY_LENGTH_MAX} visible ASCII characters, or such a string in quotes`,
    );
  return randomUuid.test(key) ? key.toLowerCase() : key;
}

/** Empty for what is no key. */
function textOf(header: string): string {
  if (!header.startsWith('"')) return keyPattern.test(header) ? header : '';
  return quotedPattern.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? '';
}

/**
 * Whether nobody but who made the key can know it. Others behind the same address may choose the same key where it is a
 * plain word, so what only its owner may have is never given for such a key.
 */
export const isSecretKey = (key: string): boolean => randomUuid.test(key);

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * One text for a key, whose it is and which route it is for: what belongs to it is found by nobody else. A secret key is
 * its maker's by itself. The caller must not be in its scope: between a lost answer and the retry a client may gain a
 * cookie or change it, and the retry would be done again. Who sends a secret key with the same request is its maker, so
 * the answer, the job and the session that it gets are its own; to anybody else they are as far as a cookie is.
 * @param callerOf asked only for a key that others may choose too
 */
export function scopeOf(
  key: string,
  callerOf: () => string,
  { method, routeOptions }: Pick<FastifyRequest, 'method' | 'routeOptions'>,
): string {
  return digest([isSecretKey(key) ? null : callerOf(), method, routeOptions.url, key]);
}

/** Of all that makes a request another one. */
export function fingerprintOf({ method, url, body }: Pick<FastifyRequest, 'method' | 'url' | 'body'>): string {
  return digest([method, url, ordered(body ?? null)]);
}

/** The same for bodies that differ in the order of their fields only. */
function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, ordered(each)]);
}
