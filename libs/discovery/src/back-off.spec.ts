import { describe, expect, it } from '@jest/globals';
import { backOffMs, pause } from './back-off.ts';

const limits = { baseMs: 100, capMs: 1_000 };

describe('backOffMs', () => {
  it.each([
    [1, 0, 50],
    [1, 0.5, 75],
    [2, 0, 100],
    [4, 0, 400],
    [5, 0, 500],
    [1_000, 0, 500],
    [1_000, 0.999, 999.5],
  ])('after %d failures with random %d waits %d ms', (failures, random, expectedMs) => {
    expect(backOffMs(failures, limits, () => random)).toBeCloseTo(expectedMs);
  });
});

describe('pause', () => {
  it('resolves at once when the signal is or gets aborted', async () => {
    const stop = new AbortController();
    const pausing = pause(60_000, stop.signal);
    stop.abort();
    await expect(pausing).resolves.toBeUndefined();
    await expect(pause(60_000, stop.signal)).resolves.toBeUndefined();
  });
});
