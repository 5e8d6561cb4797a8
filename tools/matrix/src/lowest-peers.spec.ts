import { describe, expect, it } from '@jest/globals';
import { lowestOf, lowestPeers } from './lowest-peers.ts';

describe('lowestPeers', () => {
  it.each([
    ['^11.0.0 || ^12.0.0', '11.0.0'],
    ['^0.1.12 || ^0.2.0', '0.1.12'],
    ['^7.1.0', '7.1.0'],
  ])('the lowest of %s is %s', (range, lowest) => {
    expect(lowestOf(range)).toBe(lowest);
  });

  it('knows no lowest version of another kind of range', () => {
    expect(() => lowestOf('>=1.0.0')).toThrow(/not known/);
  });

  it('is what all libs take: who takes less than another one decides', () => {
    const lowest = lowestPeers();
    expect([...lowest.keys()]).toEqual(expect.arrayContaining(['@nestjs/common', '@nestjs/core', 'zod']));
    expect([lowest.get('reflect-metadata'), lowest.get('rxjs')]).toEqual(['0.1.12', '7.2.0']);
  });
});
