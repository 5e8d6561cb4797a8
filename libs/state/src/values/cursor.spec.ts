import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor } from './cursor.ts';

describe('cursor', () => {
  it.each(['1', '42', '18446744073709551615'])('carries the place %s in at most 64 characters', (place) => {
    expect(encodeCursor(place)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(decodeCursor(encodeCursor(place))).toBe(place);
  });

  it('is the beginning when there is none', () => expect(decodeCursor(undefined)).toBe('0'));

  it.each(['', '0', '01', '-1', '1.5', '18446744073709551616', '1 MATCH *'])('refuses the place "%s"', (place) =>
    expect(() => decodeCursor(encodeCursor(place))).toThrow(expect.objectContaining({ code: 'invalid_cursor' })),
  );

  it.each(['!', 'MQ==', 'MQ '])('refuses "%s", which no list answers', (cursor) =>
    expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: 'invalid_cursor' })),
  );
});
