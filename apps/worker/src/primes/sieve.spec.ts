import { describe, expect, it } from '@jest/globals';
import { countPrimes } from './sieve.ts';

function count(limit: number): { primes: number; shares: number[] } {
  const shares: number[] = [];
  const counting = countPrimes(limit);
  for (;;) {
    const step = counting.next();
    if (step.done === true) return { primes: step.value, shares };
    shares.push(step.value);
  }
}

describe('countPrimes', () => {
  it.each([
    [2, 0],
    [3, 1],
    [4, 2],
    [10, 4],
    [100, 25],
    [262_144, 23_000],
    [262_148, 23_001],
    [1_000_000, 78_498],
  ])('below %i there are %i', (limit, primes) => {
    expect(count(limit).primes).toBe(primes);
  });

  it('reports shares that grow to 100', () => {
    const { shares } = count(1_000_000);
    expect(shares).toEqual([26, 52, 79, 100]);
  });
});
