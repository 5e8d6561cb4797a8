import { describe, expect, it } from '@jest/globals';
import { decideStart } from './start.ts';

describe('decideStart', () => {
  it.each([
    // paused, suspect, othersHeld
    [false, false, false, 'together'],
    [false, true, false, 'alone'],
    [false, false, true, 'release'],
    [false, true, true, 'release'],
    [true, false, false, 'release'],
    [true, true, false, 'release'],
  ])('paused %s, suspect %s, others held back %s: %s', (paused, suspect, othersHeld, start) => {
    expect(decideStart({ paused, suspect, othersHeld })).toBe(start);
  });
});
