import { createHash } from 'node:crypto';
import { StateError } from '../errors.ts';
import { requireOnce } from '../once-text.ts';
import { exactCount } from './amount.ts';

/** As long as an Idempotency-Key is remembered. */
export const ONCE_KEPT_MS = 86_400_000;

/** What a mark keeps of the one move that it stands for. */
export interface Move {
  readonly by: number;
  readonly count: bigint | string;
  /** Unix time at which the window of the move ends; 0 for a counter without one. */
  readonly endsMs: number;
}

/**
 * The name of a mark: of a counter, a length of window (0 without) and the caller's text together, so that one text may
 * move several counters. Hashed, because the text may be anything.
 */
export function markOf(name: string, windowMs: number, once: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, windowMs, requireOnce(once)]))
    .digest('base64url');
}

/** @param text as the scripts write it: amount, count and end of the window between spaces */
export function parseMove(text: string): Move {
  const [, by, count, endsMs] = /^(-?\d+) (-?\d+) (\d+)$/.exec(text) ?? [];
  if (by === undefined || count === undefined) throw new StateError('wrong_type', 'what is stored there is not a mark');
  return { by: Number(by), count, endsMs: Number(endsMs) };
}

/** The count that the first add with the mark came to, if it was the same add. */
export function countOf(move: Move, by: number): number {
  if (move.by === by) return exactCount(move.count);
  throw new StateError('once_reused', `with this mark the counter was moved by ${move.by}, so not by ${by} too`);
}
