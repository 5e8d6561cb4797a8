import { describe, expect, it } from '@jest/globals';
import { OpsToken } from './ops-token.ts';

describe('OpsToken', () => {
  const token = new OpsToken('a-token-of-enough-letters');
  it.each([
    ['Bearer a-token-of-enough-letters', true],
    ['bearer a-token-of-enough-letters', true],
    ['BEARER  a-token-of-enough-letters', true],
    ['Bearer A-token-of-enough-letters', false],
    ['Basic a-token-of-enough-letters', false],
    ['Bearera-token-of-enough-letters', false],
    ['Bearer a-token-of-enough-letters, Bearer x', false],
    ['Bearer a-token-of-enough-letterz', false],
    ['a-token-of-enough-letters', false],
    ['Bearer ', false],
    [undefined, false],
  ])('%s -> %s', (header, expected) => {
    expect(token.isIn(header)).toBe(expected);
  });
});
