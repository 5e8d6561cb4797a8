import { describe, expect, it } from '@jest/globals';
import { RequestRate } from './request-rate.ts';

describe('RequestRate', () => {
  it('is 0 before there is anything to compare with', () => {
    const rate = new RequestRate(10_000);
    expect(rate.perSecond(0, 0)).toBe(0);
    rate.mark(0, 0);
    expect(rate.perSecond(0, 5)).toBe(0);
  });

  it('is the mean since the start until the window is full', () => {
    const rate = new RequestRate(10_000);
    rate.mark(0, 0);
    rate.mark(1_000, 100);
    expect(rate.perSecond(2_000, 200)).toBe(100);
  });

  it('forgets what lies before the window', () => {
    const rate = new RequestRate(10_000);
    for (let second = 0; second <= 30; second += 1) rate.mark(second * 1_000, second < 15 ? second * 100 : 1_500);
    expect(rate.perSecond(30_000, 1_500)).toBe(0);
    expect(rate.perSecond(30_000, 1_510)).toBe(1);
  });
});
