import { describe, expect, it } from '@jest/globals';
import { decideStart } from './start.ts';

describe('decideStart', () => {
  it.each([
    // paused, suspect, closed, othersHeld
    [false, false, false, false, 'together'],
    [false, true, false, false, 'alone'],
    [false, false, true, true, 'release'],
    [false, true, true, true, 'release'],
    [false, true, true, false, 'release'],
    [false, false, false, true, 'together'],
    [false, true, false, true, 'release'],
    [true, false, false, false, 'release'],
    [true, true, false, false, 'release'],
  ])('paused %s, suspect %s, queue closed %s, others wait %s: %s', (paused, suspect, closed, othersHeld, start) => {
    expect(decideStart({ paused, suspect, closed, othersHeld })).toBe(start);
  });
});
