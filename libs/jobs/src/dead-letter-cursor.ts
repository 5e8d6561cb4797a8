import { createHash } from 'node:crypto';
import { JobsError } from './errors.ts';

/** Of 128 bits. */
const MARK_CHARS = 22;

/** LetterPlace is where a dead letter is among all: newest first, and those of one millisecond by their marks. */
export interface LetterPlace {
  readonly atMs: number;
  /** See `markOf`; empty before the first. */
  readonly mark: string;
}

/**
 * markOf stands for a job in a cursor. Not its id: a page may end behind a job of somebody else, and whoever knows the id of
 * a job without an owner may see it.
 * @param id `<queue>.<id>`
 */
export const markOf = (id: string): string => createHash('sha256').update(id).digest('base64url').slice(0, MARK_CHARS);

export function byPlace(a: LetterPlace, b: LetterPlace): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.mark === b.mark) return 0;
  return a.mark < b.mark ? 1 : -1;
}

/** A place as what a caller may hold. */
export const encodeCursor = ({ atMs, mark }: LetterPlace): string =>
  Buffer.from(`${atMs} ${mark}`).toString('base64url');

/** Throws JobsError `invalid_cursor` for anything that no list answered. */
export function decodeCursor(cursor: string): LetterPlace {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, at, mark = ''] = /^(\d{1,16}) ([\w-]{22})$/.exec(text) ?? [];
  const place = { atMs: Number(at), mark };
  if (at === undefined || encodeCursor(place) !== cursor)
    throw new JobsError('invalid_cursor', 'The cursor is not one that a list answered');
  return place;
}
