import { describe, expect, it } from '@jest/globals';
import { byPlace, decodeCursor, encodeCursor, markOf } from './dead-letter-cursor.ts';

const place = { atMs: 1_795_898_948_130, mark: markOf('demo.a') };

describe('the cursor of dead letters', () => {
  it('says where its page ended, in at most 256 characters, and of no job its id', () => {
    const longest = { atMs: 9_007_199_254_740_991, mark: markOf(`${'q'.repeat(31)}.${'x'.repeat(90)}`) };
    for (const each of [place, longest]) expect(decodeCursor(encodeCursor(each))).toEqual(each);
    expect(encodeCursor(longest)).toMatch(/^[A-Za-z0-9_-]{1,256}$/);
    expect(Buffer.from(encodeCursor(place), 'base64url').toString()).not.toContain('demo');
  });

  it.each([
    ['nothing', ''],
    ['no place', 'AAAA'],
    ['a place without a job', Buffer.from('17 nothing').toString('base64url')],
    ['a place that no number is', Buffer.from(`01 ${place.mark}`).toString('base64url')],
    ['another spelling', `${encodeCursor(place)}==`],
  ])('is refused where it is %s', (_what, cursor) =>
    expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ code: 'invalid_cursor', status: 400 })),
  );

  it('has the newest first, and those of one time by their marks', () => {
    const places = [
      { ...place, mark: `-${place.mark}` },
      { ...place, mark: `z${place.mark}` },
      { ...place, atMs: place.atMs + 1 },
    ];
    expect(places.toSorted(byPlace)).toEqual(places.toReversed());
    expect(byPlace(place, { ...place })).toBe(0);
  });
});
