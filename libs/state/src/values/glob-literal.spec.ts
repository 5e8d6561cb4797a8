import { describe, expect, it } from '@jest/globals';
import { globLiteral } from './redis-values.ts';

describe('globLiteral', () => {
  it.each([
    ['plain:nf:{v}', 'plain:nf:{v}'],
    ['a*b', 'a\\*b'],
    ['a?b', 'a\\?b'],
    ['[^a]', '\\[^a\\]'],
    ['a\\b', 'a\\\\b'],
  ])('%s becomes %s', (text, pattern) => expect(globLiteral(text)).toBe(pattern));
});
