import { describe, expect, it } from '@jest/globals';
import { withRegions } from './regions.ts';

const mark = '# Generated from the table of services by node tools/checks/src/generate.ts:';
const file = (first: string, second: string): string =>
  `a\n${mark} begin\n${first}${mark} end\nb\n  ${mark} begin\n${second}  ${mark} end\n`;

describe('withRegions', () => {
  it('replaces each region in turn, and nothing else', () => {
    const regions = ['$& is 1\n', '  2\n  3\n'] as const;
    expect(withRegions(file('old\n\nolder\n', ''), regions)).toBe(file(...regions));
    expect(withRegions(file(...regions), regions)).toBe(file(...regions));
  });

  it.each([
    ['fewer', `${mark} begin\n${mark} end\n`],
    ['more', file('', '') + file('', '')],
    ['one without its end', `${mark} begin\n`],
  ])('throws where the file has %s', (_what, text) => {
    expect(() => withRegions(text, ['1\n', '2\n'])).toThrow(/^has \d of 2 regions/);
  });
});
