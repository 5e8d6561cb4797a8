import { describe, expect, it } from '@jest/globals';
import { visibilityTimes } from './visibility.ts';

describe('visibilityTimes', () => {
  it.each([1_000, 2_000, 14_999, 30_000, 300_000])('keep both promises of %d ms', (visibilityMs) => {
    const { lockMs, renewalMs, stalledIntervalMs, stalledRestMs } = visibilityTimes(visibilityMs);
    // Renewed just before the refusal began, the lock outlasts it, by more than one renewal.
    expect(lockMs - 2 * renewalMs).toBeGreaterThan(visibilityMs);
    // Renewed just before its worker died, and looked for just before the lock expired, by another worker too.
    expect(lockMs + stalledIntervalMs + stalledRestMs).toBeLessThan(1.5 * visibilityMs);
    expect(stalledRestMs).toBeLessThan(stalledIntervalMs);
  });
});
