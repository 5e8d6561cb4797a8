import { describe, expect, it } from '@jest/globals';
import { repliesOf } from './exec-replies.ts';

const noscript = new Error('NOSCRIPT No matching script. Please use EVAL.');
const full = new Error('OOM command not allowed');

describe('repliesOf', () => {
  it('is the replies in order', () => {
    expect(
      repliesOf([
        [null, 1],
        [null, 'id'],
      ]),
    ).toEqual([1, 'id']);
    expect(repliesOf([])).toEqual([]);
  });

  it('throws what the last command was told, whatever ran before it', () => {
    expect(() =>
      repliesOf([
        [null, 1],
        [noscript, null],
      ]),
    ).toThrow(noscript);
    expect(() =>
      repliesOf([
        [full, null],
        [noscript, null],
      ]),
    ).toThrow(noscript);
  });

  it('calls it unknown when the last command ran and one before it did not', () => {
    expect(() =>
      repliesOf([
        [noscript, null],
        [null, 'id'],
      ]),
    ).toThrow(expect.objectContaining({ code: 'redis_outcome_unknown', cause: noscript }));
  });
});
