import { StateError } from '../errors.ts';

/** A store's place in its walk (digits) as what a caller may hold and must not read. At most 28 characters. */
export const encodeCursor = (place: string): string => Buffer.from(place).toString('base64url');

/** The place, `0` at the beginning; StateError `invalid_cursor` for anything that no list answered. */
export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '0';
  const place = Buffer.from(cursor, 'base64url').toString('latin1');
  const known = /^[1-9]\d{0,19}$/.test(place) && BigInt(place) < 2n ** 64n && encodeCursor(place) === cursor;
  if (!known) throw new StateError('invalid_cursor', 'the cursor is not one that a list answered');
  return place;
}
