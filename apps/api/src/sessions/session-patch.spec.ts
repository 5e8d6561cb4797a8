import { describe, expect, it } from '@jest/globals';
import { changeOf } from './session-patch.ts';

describe('changeOf', () => {
  it('sets what has a value, removes what is null, leaves the rest', () => {
    const { set, remove, edit } = changeOf({ fields: { a: 0, b: null, c: { d: null }, e: '' } });
    expect(set).toEqual({ a: 0, c: { d: null }, e: '' });
    expect(remove).toEqual(['b']);
    expect(edit({ a: 1, b: 2, z: 3 })).toEqual({ a: 0, c: { d: null }, e: '', z: 3 });
  });

  it('knows a field of any name', () => {
    const fields = JSON.parse('{"__proto__": 1, "constructor": 2}') as Record<string, unknown>;
    const { set, edit } = changeOf({ fields });
    expect(Object.entries(set)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(Object.entries(edit({}))).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
  });
});
