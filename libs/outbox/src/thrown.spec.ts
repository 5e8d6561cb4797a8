import { describe, expect, it } from '@jest/globals';
import { errorOf, messageOf } from './thrown.ts';

const unreadable = Object.defineProperty(new Error(), 'message', {
  get() {
    throw new Error('not for you');
  },
});
const strange: readonly [unknown, string][] = [
  ['words', 'words'],
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  [7n, 'what was thrown cannot be read (bigint)'],
  [{ code: 5 }, '{"code":5}'],
  [Object.create(null), '{}'],
  [Object.assign(new Error(), { message: { code: 5 } }), '{"code":5}'],
  [Object.assign(new Error(), { message: undefined }), 'undefined'],
  [{ toJSON: () => undefined }, 'object'],
  [unreadable, 'what was thrown cannot be read (object)'],
];

describe('what was thrown', () => {
  it.each(strange)('has words, case %#', (thrown, words) => {
    expect(messageOf(thrown, 100)).toBe(words);
    expect(errorOf(thrown).message).toBe(words);
  });

  it('stays what it is where it is an Error that can be read', () => {
    const error = new TypeError('no luck');
    expect(messageOf(error, 2)).toBe('no');
    expect(errorOf(error)).toBe(error);
  });
});
