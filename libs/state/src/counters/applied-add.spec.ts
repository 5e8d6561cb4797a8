import { describe, expect, it } from '@jest/globals';
import { countOf, tokenHashOf, parseAppliedAdd } from './applied-add.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe('tokenHashOf', () => {
  it('tells counters, windows and texts apart', () => {
    const tokens = [
      tokenHashOf('a', 0, 'b'),
      tokenHashOf('a', 1, 'b'),
      tokenHashOf('a', 0, '1","b'),
      tokenHashOf('ab', 0, ''.padEnd(1)),
      tokenHashOf('a', 0, '\uD800'),
      tokenHashOf('a', 0, '\uD801'),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe('a move', () => {
  it('is what the scripts wrote', () => {
    expect(parseAppliedAdd('-3 9223372036854775807 0')).toEqual({ by: -3, count: '9223372036854775807', endsMs: 0 });
    expect(countOf(parseAppliedAdd('2 7 1700000000000'), 2)).toBe(7);
  });

  it.each(['', '1', '1 2', '1 2 3 4', 'a 2 3', '1 2 3\n'])('is not "%s"', (text) => {
    expect(() => parseAppliedAdd(text)).toThrow(refused('wrong_type'));
  });

  it('answers only those who move by as much', () => {
    expect(() => countOf(parseAppliedAdd('2 7 0'), 3)).toThrow(refused('idempotency_token_reused'));
  });
});
