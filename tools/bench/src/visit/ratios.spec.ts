import { describe, expect, it } from '@jest/globals';
import { formatRatio, median, ratioOf } from './ratios.ts';

const samples = (...cpuUs: number[]) => cpuUs.map((us) => ({ cpuUs: us, redisCpuUs: us / 10, perSecond: 1 }));

describe('ratios', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[5], 5],
    [[], Number.NaN],
  ])('median of %j', (values, expected) => expect(median(values)).toBe(expected));

  it('are taken round by round, so that a slow round disturbs nobody', () => {
    const ratio = ratioOf(samples(10, 100, 12), samples(20, 200, 20), ({ cpuUs }) => cpuUs);
    expect(ratio).toEqual({ median: 0.5, min: 0.5, max: 0.6 });
    expect(formatRatio(ratio)).toBe('0.50 [0.50 to 0.60]');
  });

  it('leave out what the other did not finish', () => {
    expect(ratioOf(samples(10, 20), samples(10), ({ redisCpuUs }) => redisCpuUs).max).toBe(1);
  });
});
