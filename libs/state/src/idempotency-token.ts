import { StateError } from './errors.ts';

const TOKEN_LENGTH_MAX = 128;

/** The token itself, or StateError `invalid_idempotency_token`. */
export function requireIdempotencyToken(token: string): string {
  if (token.length >= 1 && token.length <= TOKEN_LENGTH_MAX) return token;
  throw new StateError(
    'invalid_idempotency_token',
    `an idempotency token has 1 to ${TOKEN_LENGTH_MAX} characters, not ${token.length}`,
  );
}
