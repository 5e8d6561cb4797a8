import { describe, expect, it } from '@jest/globals';
import { jsonText } from './json.ts';

const cycle: { me?: unknown } = {};
cycle.me = [cycle];

describe('jsonText', () => {
  it('is what JSON.stringify makes of all that JSON has', () => {
    const value = { a: [1, 'x', null, true], b: { c: undefined }, at: new Date(0) };
    expect(jsonText(value)).toBe(JSON.stringify(value));
    expect(jsonText(undefined)).toBeUndefined();
  });

  it.each([
    ['a function', () => 1, 'it is a function'],
    ['a function inside', { a: { b: () => 1 } }, 'b is a function'],
    ['a symbol', [Symbol('x')], '0 is a symbol'],
    ['a bigint', { id: 1n }, 'id is a bigint'],
    ['a number that is none', { share: Number.NaN }, 'share is the number NaN'],
    ['one without an end', Number.POSITIVE_INFINITY, 'it is the number Infinity'],
    ['a cycle', cycle, 'it contains itself'],
    ['what throws when it is written', { toJSON: () => JSON.parse('') as unknown }, /JSON/],
  ])('says what is wrong with %s', (_what, value, words) => {
    expect(() => jsonText(value)).toThrow(words);
  });
});
