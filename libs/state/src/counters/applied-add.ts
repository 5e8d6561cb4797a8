import { createHash } from 'node:crypto';
import { StateError } from '../errors.ts';
import { requireIdempotencyToken } from '../idempotency-token.ts';
import { exactCount } from './amount.ts';

/** As long as an Idempotency-Key is remembered. */
export const TOKEN_TTL_MS = 86_400_000;

/** AppliedAdd is what is stored under an idempotency token: the one add that was made with it. */
export interface AppliedAdd {
  readonly by: number;
  readonly count: bigint | string;
  /** Unix time at which the window of the add ends; 0 for a counter without one. */
  readonly endsMs: number;
}

/**
 * `tokenHashOf` names what is stored: of a counter, a length of window (0 without) and the caller's token together, so that
 * one token may add to several counters. Hashed, because the token may be any text.
 */
export function tokenHashOf(name: string, windowMs: number, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, windowMs, requireIdempotencyToken(token)]))
    .digest('base64url');
}

/** @param text as the scripts write it: amount, count and end of the window between spaces */
export function parseAppliedAdd(text: string): AppliedAdd {
  const [, by, count, endsMs] = /^(-?\d+) (-?\d+) (\d+)$/.exec(text) ?? [];
  if (by === undefined || count === undefined)
    throw new StateError('wrong_type', 'what is stored there is not an applied add');
  return { by: Number(by), count, endsMs: Number(endsMs) };
}

/** The count that the first add with the token came to, if it was the same add. */
export function countOf(applied: AppliedAdd, by: number): number {
  if (applied.by === by) return exactCount(applied.count);
  throw new StateError(
    'idempotency_token_reused',
    `with this idempotency token ${applied.by} was added, so not ${by} too`,
  );
}
