import { describe, expect, it } from '@jest/globals';
import { isOutlier, wilsonBounds } from './success-rate.ts';

const of = (failures: number, requests: number) => ({ failures, requests });

describe('wilsonBounds', () => {
  it.each([
    [of(0, 200), 0, 0.074],
    [of(10, 20), 0.167, 0.833],
    [of(100, 1_000), 0.068, 0.144],
    [of(50, 50), 0.758, 1],
  ])('%j', (counts, low, high) => {
    expect(wilsonBounds(counts).low).toBeCloseTo(low, 3);
    expect(wilsonBounds(counts).high).toBeCloseTo(high, 3);
  });
});

describe('isOutlier', () => {
  it.each([
    ['half fail, siblings are well', of(10, 20), of(0, 200), true],
    ['half fail, of too few requests', of(10, 19), of(0, 200), undefined],
    ['half fail, siblings have too few requests', of(10, 20), of(0, 19), undefined],
    ['all fail, siblings too', of(100, 100), of(198, 200), false],
    ['as many as others', of(30, 100), of(60, 200), false],
    ['more than others, by chance', of(12, 100), of(0, 200), false],
    ['more than others, by more than chance', of(18, 100), of(0, 200), true],
    ['more than others, by more than chance but not by much', of(900, 10_000), of(0, 20_000), false],
    ['fewer than others', of(0, 100), of(100, 200), false],
    ['nobody fails', of(0, 100), of(0, 200), false],
  ])('%s', (_, own, siblings, expected) => {
    expect(isOutlier(own, siblings)).toBe(expected);
  });
});
