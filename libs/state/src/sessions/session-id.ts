import { hash } from 'node:crypto';
import { StateError } from '../errors.ts';
import { bucketOf } from '../keys.ts';

/** Bytes of a secret id: 128 bits. */
const SESSION_ID_BYTES = 16;
const PUBLIC_ID_HEX_DIGITS = 32;
const idPattern = /^[A-Za-z0-9_-]{22}$/;
/** One in 64 fits. A good source of random bytes fails this often once in 10^28 times. */
const NEIGHBOUR_DRAWS_MAX = 4_096;

/** Two ids in a row that are taken are no chance but a broken source of random bytes. */
export const ID_ATTEMPTS = 2;

export type Random = (bytes: number) => Buffer;

export const newSessionId = (random: Random): string => random(SESSION_ID_BYTES).toString('base64url');

/** An id in the bucket of another, so that one script may hold both keys. Drawn, not derived: all its other bits are free. */
export function neighbourSessionId(random: Random, id: string): string {
  const bucket = bucketOf(id);
  for (let draw = 1; draw <= NEIGHBOUR_DRAWS_MAX; draw += 1) {
    const drawn = newSessionId(random);
    if (bucketOf(drawn) === bucket && drawn !== id) return drawn;
  }
  throw badRandom();
}

export const badRandom = (): StateError =>
  new StateError('state_unavailable', 'the source of random bytes repeats itself');

/** Whether it can be an id at all; anything else is unknown without asking the store. */
export const isSessionId = (id: string): boolean => idPattern.test(id);

/** The id itself, or StateError `invalid_key`. */
export function requireSessionId(id: string): string {
  if (isSessionId(id)) return id;
  throw new StateError('invalid_key', 'the id of a session is 22 characters of base64url');
}

/** What may be shown of a session: the first 32 hex digits of the SHA-256 of its secret id, which it does not give away. */
export function publicSessionId(id: string): string {
  return hash('sha256', id, 'hex').slice(0, PUBLIC_ID_HEX_DIGITS);
}
