import { describe, expect, it } from '@jest/globals';
import { OpsToken } from './ops-token.ts';

describe('OpsToken', () => {
  const token = new OpsToken('a-token-of-enough-letters');
  it.each([
    ['Bearer a-token-of-enough-letters', true],
    ['Bearer a-token-of-enough-letterz', false],
    ['a-token-of-enough-letters', false],
    ['Bearer ', false],
    [undefined, false],
  ])('%s -> %s', (header, expected) => {
    expect(token.isIn(header)).toBe(expected);
  });
});
