import { StateError } from '../errors.ts';
import { RESPONSE_CHARS_MAX, type StoredResponse } from './idempotency.ts';

const SCOPE_CHARS_MAX = 1_024;
const FINGERPRINT_CHARS_MAX = 128;

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

/** Throws StateError `response_too_large`. */
export function requireStorable({ headers, body }: StoredResponse): void {
  const chars = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, body.length);
  if (chars <= RESPONSE_CHARS_MAX) return;
  throw new StateError(
    'response_too_large',
    `a response of ${chars} characters, at most ${RESPONSE_CHARS_MAX} are stored`,
  );
}
