import { describe, expect, it } from '@jest/globals';
import { OfferTimes } from './offer-times.ts';

const NOW_MS = 1_000_000;
const times = (random: number, count: number): number[] => {
  const offers = new OfferTimes(() => random);
  return Array.from({ length: count }, () => offers.next(NOW_MS) - NOW_MS);
};

describe('OfferTimes', () => {
  it('are soon, half of it jitter', () => {
    expect(times(0, 1)).toEqual([500]);
    expect(times(1, 1)).toEqual([1_000]);
  });

  it('are one after the other', () => {
    expect(times(0, 4)).toEqual([500, 510, 520, 530]);
  });

  it('are no later than the latest, however many there are', () => {
    const many = times(0, 10_000);
    expect(Math.max(...many)).toBe(15_000);
    expect(many.filter((ms) => ms < 10_000)).toHaveLength(950);
  });

  it('begin anew when all of them are over', () => {
    const offers = new OfferTimes(() => 0);
    offers.next(NOW_MS);
    expect(offers.next(NOW_MS + 60_000)).toBe(NOW_MS + 60_500);
  });
});
