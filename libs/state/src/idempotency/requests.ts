import { StateError } from '../errors.ts';
import { RESPONSE_CHARS_MAX, RESPONSE_TTL_MS, type StoredResponse } from './idempotency.ts';

const SCOPE_CHARS_MAX = 1_024;
const FINGERPRINT_CHARS_MAX = 128;
const RESPONSE_TTL_MIN_MS = 1_000;

export function requireScope(scopeKey: string, fingerprint: string): void {
  for (const [text, charsMax] of [
    [scopeKey, SCOPE_CHARS_MAX],
    [fingerprint, FINGERPRINT_CHARS_MAX],
  ] as const) {
    if (text.length >= 1 && text.length <= charsMax) continue;
    throw new StateError(
      'invalid_idempotency',
      `a scope or fingerprint has ${text.length} characters, not 1 to ${charsMax}`,
    );
  }
}

/** charsOf is what counts for the bound of a stored response. */
export const charsOf = ({ headers, body }: StoredResponse): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, body.length);

/** For how long a response is stored. Throws StateError `invalid_idempotency`: beyond 24 h layout 2 would not look for it. */
export function requireResponseTtl(ttlMs: number = RESPONSE_TTL_MS): number {
  if (Number.isInteger(ttlMs) && ttlMs >= RESPONSE_TTL_MIN_MS && ttlMs <= RESPONSE_TTL_MS) return ttlMs;
  throw new StateError('invalid_idempotency', `a response is stored for 1 second to 24 hours, not ${ttlMs} ms`);
}

/** Throws StateError `response_too_large`. */
export function requireStorable(response: StoredResponse): void {
  const chars = charsOf(response);
  if (chars <= RESPONSE_CHARS_MAX) return;
  throw new StateError(
    'response_too_large',
    `a response of ${chars} characters, at most ${RESPONSE_CHARS_MAX} are stored`,
  );
}
