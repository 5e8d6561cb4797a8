import { describe, expect, it } from '@jest/globals';
import { newRow, tableName } from './new-row.ts';
import type { OutboxMessage } from './outbox.ts';

describe('newRow', () => {
  it('keeps what it was given, and makes an id', () => {
    const message = { topic: 'order shipped', payload: { n: [1, '\0', '\uD800'] }, key: 'order:7', id: 'order-7_a' };
    expect(newRow(message)).toEqual({
      id: 'order-7_a',
      topic: 'order shipped',
      key: 'order:7',
      payload: '{"n":[1,"\\u0000","\\ud800"]}',
    });
    expect(newRow({ topic: 't', payload: null })).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      key: null,
      payload: 'null',
    });
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  it.each<[what: string, message: Partial<OutboxMessage>]>([
    ['no topic', { topic: '' }],
    ['a long topic', { topic: 't'.repeat(129) }],
    ['a NUL', { topic: 'a\0' }],
    ['half a surrogate', { key: '\uDC00' }],
    ['an empty key', { key: '' }],
    ['a long key', { key: 'k'.repeat(257) }],
    ['an id that no job can have', { id: 'a.b' }],
    ['a long id', { id: 'a'.repeat(91) }],
    ['no payload', { payload: undefined }],
    ['a circle', { payload: circular }],
    ['a BigInt', { payload: 1n }],
    ['a map, which would be an empty object', { payload: { lines: new Map([[1, 2]]) } }],
    ['a set', { payload: [new Set([1])] }],
    ['an error', { payload: { why: new Error('no') } }],
    ['bytes', { payload: new Uint8Array([1]) }],
    ['a function, which would be left out', { payload: { send: () => 1 } }],
    ['a number that is none', { payload: { share: Number.NaN } }],
    ['what throws when it is written', { payload: { toJSON: () => JSON.parse('') as unknown } }],
    ['a large payload', { payload: 'p'.repeat(1024 * 1024) }],
  ])('refuses %s', (_what, message) =>
    expect(() => newRow({ topic: 't', payload: 1, ...message })).toThrow(
      expect.objectContaining({ code: 'invalid_message', status: 400 }),
    ),
  );
});

it('a payload that cannot be kept is told with the field', () =>
  expect(() => newRow({ topic: 't', payload: { order: { lines: new Map() } } })).toThrow(
    'JSON cannot carry its payload: lines is of a class that JSON cannot write: Map',
  ));

describe('tableName', () => {
  it('lets nothing else into SQL', () => {
    expect(tableName('outbox_2')).toBe('outbox_2');
    for (const name of ['', 'Outbox', 'a b', 'a;drop', 'a"', '2a', 'a'.repeat(42)])
      expect(() => tableName(name)).toThrow(TypeError);
  });
});
