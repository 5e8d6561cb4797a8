import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { jsonText } from './json-text.ts';

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
