import { describe, expect, it } from '@jest/globals';
import { errorOf, messageOf } from './thrown.ts';

class NoMessage extends Error {
  override readonly name = 'NoMessage';
}
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const withGetter = (object: object, name: string): unknown =>
  Object.defineProperty(object, name, {
    enumerable: true,
    get: () => {
      throw new Error('do not look');
    },
  });
const circular: { self?: unknown } = {};
circular.self = circular;

const READABLE: readonly (readonly [string, unknown, string])[] = [
  ['an Error', new TypeError('no such room'), 'no such room'],
  ['a frozen Error', Object.freeze(new Error('no')), 'no'],
  ['an Error without a message', new NoMessage(), 'NoMessage'],
  ['several errors at once', new AggregateError([new Error('v6'), 'v4'], ''), 'v6, v4'],
  ['several errors with one message', new AggregateError([new Error('v6')], 'both'), 'both'],
];
const OTHERS: readonly (readonly [string, unknown, string])[] = [
  ['a text', 'disk full', 'disk full'],
  ['an empty text', '', 'an empty text was thrown'],
  ['null', null, 'null was thrown'],
  ['nothing', undefined, 'undefined was thrown'],
  ['a number', 42, '42 was thrown'],
  ['a bigint', 42n, '42 was thrown'],
  ['false', false, 'false was thrown'],
  ['a symbol', Symbol('x'), 'Symbol(x) was thrown'],
  ['a function', function stop() {}, 'the function stop was thrown'],
  ['an object', { code: 5 }, '{"code":5} was thrown'],
  ['a frozen object', Object.freeze({ code: 5 }), '{"code":5} was thrown'],
  ['an object with a message', { message: 'said so' }, 'said so'],
  ['an object without a prototype', Object.create(null), '{} was thrown'],
  ['an object that holds itself', circular, '[object Object] was thrown'],
  ['an object of a bigint', { size: 1n }, '[object Object] was thrown'],
  ['a list', [1, 2], '[1,2] was thrown'],
  ['an Error whose message is none', Object.assign(new Error('x'), { message: { a: 1 } }), 'Error: {"a":1}'],
  ['an object whose message throws', withGetter({}, 'message'), 'what was thrown cannot be read (object)'],
  ['an Error whose message throws', withGetter(new Error('x'), 'message'), 'what was thrown cannot be read (object)'],
  ['an object whose toJSON throws', { toJSON: () => JSON.parse('{') as unknown }, '[object Object] was thrown'],
  ['a revoked proxy', revoked(), 'what was thrown cannot be read (object)'],
];

describe('messageOf', () => {
  it.each([...READABLE, ...OTHERS])('%s', (_what, thrown, words) => {
    expect(messageOf(thrown)).toBe(words);
  });

  it('is bounded', () => {
    expect(messageOf('x'.repeat(5_000))).toHaveLength(1_000);
    expect(messageOf({ text: 'x'.repeat(5_000) })).toHaveLength(1_000);
    expect(messageOf('x'.repeat(5_000), 4_000)).toHaveLength(4_000);
  });
});

describe('errorOf', () => {
  it.each(READABLE)('is %s itself', (_what, thrown) => {
    expect(errorOf(thrown)).toBe(thrown);
  });

  const unreadable: typeof OTHERS = [
    ...OTHERS,
    ['an Error whose stack throws', withGetter(new Error('x'), 'stack'), 'x'],
    ['an Error with a field that throws', withGetter(new Error('x'), 'more'), 'x'],
    ['an Error whose name throws', withGetter(new Error('x'), 'name'), 'x'],
  ];

  it.each(unreadable)('is a new Error with the words of %s', (_what, thrown) => {
    const error = errorOf(thrown);
    expect(error).not.toBe(thrown);
    expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
    expect(error.message).toBe(messageOf(thrown));
  });
});
