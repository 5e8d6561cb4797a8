import { createHash } from 'node:crypto';

/** Bytes of a secret id: 128 bits. */
const SESSION_ID_BYTES = 16;
const PUBLIC_ID_HEX_DIGITS = 32;
const idPattern = /^[A-Za-z0-9_-]{22}$/;

export const newSessionId = (random: (bytes: number) => Buffer): string =>
  random(SESSION_ID_BYTES).toString('base64url');

/** Whether it can be an id at all; anything else is unknown without asking the store. */
export const isSessionId = (id: string): boolean => idPattern.test(id);

/** What may be shown of a session: the first 32 hex digits of the SHA-256 of its secret id, which it does not give away. */
export function publicSessionId(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, PUBLIC_ID_HEX_DIGITS);
}
