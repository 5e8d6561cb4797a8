/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { chooseSlot, createColours } from './colours.ts';
import { computeShares, summariseLatency } from './shares.ts';

describe('computeShares', () => {
  it('is empty without visits', () => {
    expect(computeShares([])).toEqual([]);
  });

  it('makes 100 per cent of three equal replicas, in the order of their numbers', () => {
    expect(computeShares(['api-10', 'api-2', 'api-1'])).toEqual([
      { name: 'api-1', visits: 1, percent: 33 },
      { name: 'api-2', visits: 1, percent: 33 },
      { name: 'api-10', visits: 1, percent: 34 },
    ]);
  });

  it('gives what rounding leaves to the largest remainder', () => {
    const shares = computeShares([...Array<string>(5).fill('a'), ...Array<string>(2).fill('b')]);

    expect(shares.map((share) => share.percent)).toEqual([71, 29]);
  });
});

describe('summariseLatency', () => {
  it.each([
    [[], null],
    [[4], { medianMs: 4, maxMs: 4 }],
    [[90, 1, 3], { medianMs: 3, maxMs: 90 }],
  ])('of %j is %j', (latenciesMs, expected) => {
    expect(summariseLatency(latenciesMs)).toEqual(expected);
  });
});

describe('colours', () => {
  it.each([
    ['api-1', [], 0],
    ['api-3', [], 2],
    ['api-9', [], 0],
    ['api-3', [2], 3],
    ['9f8a77', [0, 1], 2],
    ['api-2', [0, 1, 2, 3, 4, 5, 6, 7], 1],
  ])('%s with %j taken gets slot %i', (name, taken, slot) => {
    expect(chooseSlot(name, new Set(taken))).toBe(slot);
  });

  it('keeps the colour of a name', () => {
    const colourOf = createColours();

    expect([colourOf('web-a'), colourOf('web-b'), colourOf('web-a')]).toEqual([
      'var(--replica-0)',
      'var(--replica-1)',
      'var(--replica-0)',
    ]);
  });
});
