import { describe, expect, it } from '@jest/globals';
import { decideStart } from './start.ts';

describe('decideStart', () => {
  it.each([
    // paused, suspect, closed, rests
    [false, false, false, false, 'together'],
    [false, true, false, false, 'alone'],
    [false, false, true, false, 'release'],
    [false, true, true, false, 'alone'],
    [false, false, true, true, 'release'],
    [false, true, true, true, 'release'],
    [true, false, false, false, 'release'],
    [true, true, false, false, 'release'],
  ])('paused %s, suspect %s, queue closed %s, rests %s: %s', (paused, suspect, closed, rests, start) => {
    expect(decideStart({ paused, suspect, closed, rests })).toBe(start);
  });
});
