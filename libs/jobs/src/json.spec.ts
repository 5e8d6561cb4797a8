import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { jsonCopy, jsonText } from './json.ts';

const cycle: { me?: unknown } = {};
cycle.me = [cycle];

describe('jsonText', () => {
  it('is what JSON.stringify makes of all that JSON has', () => {
    const value = { a: [1, 'x', null, true], b: { c: undefined }, at: new Date(0) };
    expect(jsonText(value)).toBe(JSON.stringify(value));
    expect(jsonText(undefined)).toBeUndefined();
  });

  class Point {
    constructor(
      readonly x: number,
      readonly y: number,
    ) {}
  }
  class Money {
    readonly #cents = 5;
    get cents(): number {
      return this.#cents;
    }
  }

  it.each([
    ['fields of a class', new Point(1, 2), '{"x":1,"y":2}'],
    ['what writes itself', { at: new Date(0), to: new URL('http://a/'), bytes: Buffer.from('a') }, undefined],
    ['boxes', [Object(5), Object('x'), Object(false)], '[5,"x",false]'],
    ['objects without a prototype', Object.create(null), '{}'],
    ['empty ones of another realm', runInNewContext('({ a: {}, b: [] })'), '{"a":{},"b":[]}'],
    ['null', { a: null, b: [null] }, '{"a":null,"b":[null]}'],
  ])('writes %s', (_what, value: unknown, text) => expect(jsonText(value)).toBe(text ?? JSON.stringify(value)));

  it.each([
    ['a map', new Map([[1, 2]]), 'Map'],
    ['an empty one', new Map(), 'Map'],
    ['a map with a field', Object.assign(new Map(), { a: 1 }), 'Map'],
    ['a set', new Set([1]), 'Set'],
    ['a weak map', new WeakMap(), 'WeakMap'],
    ['a weak set', new WeakSet(), 'WeakSet'],
    ['a regular expression', /x/, 'RegExp'],
    ['an error', new Error('x'), 'Error'],
    ['an error with a field', Object.assign(new RangeError('x'), { code: 'X' }), 'RangeError'],
    ['a promise', Promise.resolve(), 'Promise'],
    ['an array of bytes', new Uint8Array([1]), 'Uint8Array'],
    ['a buffer of bytes', new ArrayBuffer(1), 'ArrayBuffer'],
    ['what keeps it in private fields', new Money(), 'Money'],
    ['what a generator makes', [1].values(), 'Iterator'],
    ['search parameters', new URLSearchParams('a=1'), 'URLSearchParams'],
  ])('says that JSON cannot write %s, at any depth', (_what, value: unknown, name) => {
    expect(() => jsonText(value)).toThrow(`it is of a class that JSON cannot write: ${name}`);
    expect(() => jsonText({ a: [{ b: value }] })).toThrow(`b is of a class that JSON cannot write: ${name}`);
  });

  it.each([
    ['a date that is none', { at: new Date(Number.NaN) }, 'at is a date that is none'],
    ['a boxed number that is none', [Object(Number.NaN)], '0 is the number NaN'],
    ['a function', () => 1, 'it is a function'],
    ['a function inside', { a: { b: () => 1 } }, 'b is a function'],
    ['a symbol', [Symbol('x')], '0 is a symbol'],
    ['a bigint', { id: 1n }, 'id is a bigint'],
    ['a number that is none', { share: Number.NaN }, 'share is the number NaN'],
    ['one without an end', Number.POSITIVE_INFINITY, 'it is the number Infinity'],
    ['a cycle', cycle, 'it contains itself'],
    ['what throws when it is written', { toJSON: () => JSON.parse('') as unknown }, /JSON/],
  ])('says what is wrong with %s', (_what, value, words) => {
    expect(() => jsonText(value)).toThrow(words);
  });
});

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
