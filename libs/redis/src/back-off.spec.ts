import { describe, expect, it } from '@jest/globals';
import { reconnectDelayMs } from './back-off.ts';

describe('reconnectDelayMs', () => {
  it.each([
    [1, 0, 25],
    [1, 1, 50],
    [3, 0.5, 150],
    [6, 1, 1_000],
    [1_000, 0, 500],
    [1_000, 0.999, 1_000],
  ])('attempt %i with random %d waits %i ms', (attempt, random, delayMs) =>
    expect(reconnectDelayMs(attempt, () => random)).toBe(delayMs),
  );
});
