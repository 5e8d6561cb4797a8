import { describe, expect, it } from '@jest/globals';
import { formatBound, formatTable, holds, percentile, shortOf } from './report.ts';

describe('a report', () => {
  it('is a table with numbers to the right', () => {
    expect(
      formatTable([
        ['what', 'p50 ms'],
        ['register', '7.20'],
      ]),
    ).toBe('what      p50 ms\nregister    7.20');
  });

  it.each([
    [2, true, 'ok   pick: 2.00 µs (at most 2 µs)'],
    [2.01, false, 'MISS pick: 2.01 µs (at most 2 µs)'],
    // A bench that could not measure has not shown anything.
    [Number.NaN, false, 'MISS pick: NaN µs (at most 2 µs)'],
    [Infinity, false, 'MISS pick: Infinity µs (at most 2 µs)'],
  ])('%d µs of at most 2', (value, expected, text) => {
    const bound = { what: 'pick', value, max: 2, unit: 'µs' };
    expect([holds(bound), formatBound(bound)]).toEqual([expected, text]);
  });

  it('keeps three digits', () => {
    expect([0.123_4, 12.34, 1_234.5].map(shortOf)).toEqual(['0.12', '12.3', '1235']);
  });

  it.each([
    [[3, 1, 2], 0.5, 2],
    [[1, 2, 3, 4], 0.99, 4],
    [[5], 0.5, 5],
    [[], 0.5, Number.NaN],
  ])('%p at %d', (values, p, expected) => {
    expect(percentile(values, p)).toBe(expected);
  });
});
