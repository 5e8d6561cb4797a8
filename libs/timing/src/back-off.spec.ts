import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.ts';

const limits = { baseMs: 100, capMs: 1_000 };

describe('backOffMs', () => {
  it.each([
    [1, 0, 50],
    [1, 0.5, 75],
    [2, 0, 100],
    [4, 0, 400],
    [5, 0, 500],
    [1_000_000, 0, 500],
    [1_000_000, 0.999, 999.5],
  ])('after %d failures with random %d waits %d ms', (failures, random, expectedMs) => {
    expect(backOffMs(failures, limits, () => random)).toBeCloseTo(expectedMs);
  });

  it.each([
    ['none', 0, 0, 200],
    ['none', 0, 0.9, 200],
    ['a fifth', 0.2, 0, 160],
    ['full', 1, 0, 0],
    ['full', 1, 0.75, 150],
  ])('with jitter %s (%d) and random %d waits %d ms after the second failure', (_, jitter, random, expectedMs) => {
    expect(backOffMs(2, { ...limits, jitter }, () => random)).toBeCloseTo(expectedMs);
  });
});
