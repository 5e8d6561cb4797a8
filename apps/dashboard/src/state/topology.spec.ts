/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { countPassing, formatAge, scaleCommand } from './topology.ts';

describe('topology in words', () => {
  it('counts what passes', () => {
    expect(countPassing([{ health: 'passing' }, { health: 'critical' }, { health: 'maintenance' }])).toEqual({
      passing: 1,
      all: 3,
    });
  });

  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d'],
  ])('%i ms is %s', (ageMs, words) => {
    expect(formatAge(ageMs)).toBe(words);
  });

  it.each([
    ['api', 3, 'make scale N=4'],
    ['worker', 2, 'make scale SERVICE=worker N=3'],
    ['frontend-gateway', 1, null],
  ])('offers the command that adds one %s (pain 37)', (service, replicas, command) => {
    expect(scaleCommand(service, replicas)).toBe(command);
  });
});
