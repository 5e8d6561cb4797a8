import { describe, expect, it } from '@jest/globals';
import { countOf, markOf, parseMove } from './once.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe('markOf', () => {
  it('tells counters, windows and texts apart', () => {
    const marks = [
      markOf('a', 0, 'b'),
      markOf('a', 1, 'b'),
      markOf('a', 0, '1","b'),
      markOf('ab', 0, ''.padEnd(1)),
      markOf('a', 0, '\uD800'),
      markOf('a', 0, '\uD801'),
    ];
    expect(new Set(marks).size).toBe(marks.length);
    for (const mark of marks) expect(mark).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

describe('a move', () => {
  it('is what the scripts wrote', () => {
    expect(parseMove('-3 9223372036854775807 0')).toEqual({ by: -3, count: '9223372036854775807', endsMs: 0 });
    expect(countOf(parseMove('2 7 1700000000000'), 2)).toBe(7);
  });

  it.each(['', '1', '1 2', '1 2 3 4', 'a 2 3', '1 2 3\n'])('is not "%s"', (text) => {
    expect(() => parseMove(text)).toThrow(refused('wrong_type'));
  });

  it('answers only those who move by as much', () => {
    expect(() => countOf(parseMove('2 7 0'), 3)).toThrow(refused('once_reused'));
  });
});
