import { describe, expect, it } from '@jest/globals';
import { jsonCopy } from './json-copy.ts';

const cycle: { me?: unknown } = {};
cycle.me = [cycle];

describe('jsonCopy', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 'x' : { down: [deep(levels - 1)] });

  it.each([
    ['a text', 'ä\u0000"\uD800'],
    ['numbers', [0, -1.234_567_890_123_45e-300, Number.MAX_SAFE_INTEGER]],
    ['booleans and null', [true, false, null]],
    ['objects in lists', { a: [{ b: {} }, []], '"': 1 }],
  ])('is what JSON gives back, in no more bytes than it says: %s', (_what, value) => {
    const plain = jsonCopy(value);
    expect(plain?.copy).toEqual(JSON.parse(JSON.stringify(value)));
    expect(plain?.bytesAtMost).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
  });

  it('does not change with the value', () => {
    const value = { list: [{ n: 1 }] };
    const plain = jsonCopy(value);
    value.list[0] = { n: 2 };
    value.list.push({ n: 3 });
    expect(plain?.copy).toEqual({ list: [{ n: 1 }] });
  });

  it.each([
    ['undefined', undefined],
    ['a field that is left out', { a: undefined }],
    ['a hole', Array.from({ length: 1 })],
    ['a date', { at: new Date(0) }],
    ['what writes itself', { toJSON: () => 1 }],
    ['a list that does', Object.assign([1], { toJSON: () => 1 })],
    ['a list of a class', new (class extends Array<number> {})()],
    ['a map', new Map([['a', 1]])],
    ['one without a prototype', Object.create(null)],
    ['a key that sets the prototype', JSON.parse('{"__proto__":{"a":1}}')],
    ['zero below zero', [-0]],
    ['a number that is none', { share: Number.NaN }],
    ['a bigint', 1n],
    ['a function', { f: () => 1 }],
    ['a cycle', cycle],
    ['one that is too deep', deep(11)],
  ])('leaves %s to JSON', (_what, value: unknown) => expect(jsonCopy(value)).toBeUndefined());
});
