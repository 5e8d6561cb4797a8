import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.ts';

describe('backOffMs', () => {
  it.each([
    [0, 0, 200],
    [1, 0, 400],
    [5, 0, 6_400],
    [6, 0, 10_000],
    [1_000, 0, 10_000],
    [0, 0.5, 220],
    [6, 1, 12_000],
  ])('after %d failures and with random %d waits %d ms', (failures, random, expected) => {
    expect(backOffMs(failures, random)).toBe(expected);
  });
});
