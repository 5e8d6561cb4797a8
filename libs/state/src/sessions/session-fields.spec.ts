import { describe, expect, it } from '@jest/globals';
import { decodeFields, encodeFields, fieldChanges } from './session-fields.ts';
import type { SessionData } from './sessions.ts';

const nested = (depth: number): SessionData => ({ a: depth === 0 ? 1 : nested(depth - 1) });

describe('encodeFields', () => {
  it('keeps what JSON can say', () => {
    const data = { text: 'ü"\n', n: -0.5, no: false, none: null, list: [1, [2]], deep: { a: { b: [] } } };
    expect(decodeFields(encodeFields(data))).toEqual(data);
    expect(decodeFields(encodeFields(nested(31)))).toEqual(nested(31));
  });

  it.each<[string, unknown]>([
    ['undefined', { a: undefined }],
    ['undefined inside', { a: { b: undefined } }],
    ['NaN', { a: Number.NaN }],
    ['a date', { a: new Date(0) }],
    ['a map', { a: [new Map()] }],
    ['a big number', { a: 1n }],
    ['a function', { a: () => 1 }],
    ['too deep', nested(33)],
    ['an empty name', { '': 1 }],
    ['too many bytes', { a: 'ü'.repeat(8_200) }],
    ['half a surrogate pair in a name', { '\uD800': 1 }],
  ])('refuses %s', (_what, data) =>
    expect(() => encodeFields(data as SessionData)).toThrow(expect.objectContaining({ code: 'invalid_session_data' })),
  );

  it('refuses what contains itself', () => {
    const data: Record<string, SessionData> = {};
    data['a'] = data;
    expect(() => encodeFields(data)).toThrow(expect.objectContaining({ code: 'invalid_session_data' }));
  });
});

describe('fieldChanges', () => {
  it('is what differs and nothing else', () => {
    const before = encodeFields({ same: { a: 1 }, other: 1, gone: true });
    const after = encodeFields({ same: { a: 1 }, other: 2, fresh: null });
    expect(fieldChanges(before, after)).toEqual({
      removed: ['gone'],
      set: [
        ['other', '2'],
        ['fresh', 'null'],
      ],
    });
  });
});
