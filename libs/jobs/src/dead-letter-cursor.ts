import { JobsError } from './errors.ts';
import { parseJobId } from './job-id.ts';

/** LetterPlace is where a dead letter is among all: newest first, and those of one millisecond by their ids. */
export interface LetterPlace {
  readonly atMs: number;
  /** `<queue>.<id>`. */
  readonly id: string;
}

export function byPlace(a: LetterPlace, b: LetterPlace): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

/** A place as what a caller may hold and must not read. */
export const encodeCursor = ({ atMs, id }: LetterPlace): string => Buffer.from(`${atMs} ${id}`).toString('base64url');

/** Throws JobsError `invalid_cursor` for anything that no list answered. */
export function decodeCursor(cursor: string): LetterPlace {
  const [, at = '', id = ''] = /^(\d{1,16}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  const place = { atMs: Number(at), id };
  if (parseJobId(id) === undefined || encodeCursor(place) !== cursor)
    throw new JobsError('invalid_cursor', 'The cursor is not one that a list answered');
  return place;
}
