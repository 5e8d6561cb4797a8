import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fingerprintOf, idempotencyKeyOf, isSecretKey, scopeOf } from './idempotency-key.ts';

const base = { method: 'POST', url: '/counters/a?x=1', body: { by: 1, window_ms: 2 } };

describe('fingerprintOf', () => {
  it('does not care for the order of fields', () => {
    expect(fingerprintOf({ ...base, body: { window_ms: 2, by: 1 } })).toBe(fingerprintOf(base));
  });

  it.each([
    ['method', { method: 'PUT' }],
    ['path', { url: '/counters/b?x=1' }],
    ['query', { url: '/counters/a?x=2' }],
    ['value', { body: { by: 2, window_ms: 2 } }],
    ['type', { body: { by: '1', window_ms: 2 } }],
    ['field', { body: { by: 1 } }],
    ['kind of body', { body: [['by', 1], ['window_ms', 2], 3] }],
    ['body', { body: undefined }],
  ])('tells another %s', (_what, other) => {
    expect(fingerprintOf({ ...base, ...other })).not.toBe(fingerprintOf(base));
  });
});

const route = (url: string, method = 'POST') => ({ method, routeOptions: { url } as never });

const scope = (key: string, caller: string, at = route('/jobs')) => scopeOf(key, () => caller, at);

describe('scopeOf', () => {
  it('has the caller in it for a key that others may choose too', () => {
    expect(scope('1', 'a')).toBe(scope('1', 'a'));
    expect(scope('1', 'a')).not.toBe(scope('1', 'b'));
  });

  it('is of the key and the route alone where the key is secret', () => {
    const key = randomUUID();
    expect(scope(key, 'a')).toBe(scope(key, 'b'));
    for (const other of [
      scope(randomUUID(), 'a'),
      scope(key, 'a', route('/session')),
      scope(key, 'a', route('/jobs', 'PUT')),
    ])
      expect(other).not.toBe(scope(key, 'a'));
  });
});

describe('isSecretKey', () => {
  it.each([
    [randomUUID(), true],
    [randomUUID().toUpperCase(), true],
    ['1', false],
    ['order-000000000000000000000000000017', false],
    ['00000000-0000-0000-0000-000000000000', false],
    ['c232ab00-9414-11ec-b3c8-9f6bdeced846', false],
  ])('%s: %s', (key, secret) => expect(isSecretKey(key)).toBe(secret));
});

const read = (header?: string) =>
  idempotencyKeyOf({ headers: { ...(header !== undefined && { 'idempotency-key': header }) } });

describe('idempotencyKeyOf', () => {
  const uuid = '0B6E9D1C-2f3a-4c5d-8e9f-0a1b2c3d4e5f';

  it.each([
    [undefined, undefined],
    [uuid, uuid.toLowerCase()],
    [uuid.toUpperCase(), uuid.toLowerCase()],
    [`"${uuid}"`, uuid.toLowerCase()],
    ['order-17', 'order-17'],
    ['Order-17', 'Order-17'],
    ['"order-17"', 'order-17'],
    ['"order 17, \\"the\\\\first\\""', 'order 17, "the\\first"'],
    ['order"17"', 'order"17"'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('reads %s as %s', (header, key) => expect(read(header)).toBe(key));

  it.each(['', '""', '"', '"a', '"a"b', '"a";b=1', '"a", "b"', 'a, b', 'a b', 'ä', '"ä"', '"a\\b"', 'x'.repeat(256)])(
    'refuses %s',
    (header) => {
      const spec = expect.objectContaining({
        status: 400,
        errors: [expect.objectContaining({ path: 'idempotency-key' })],
      });
      expect(() => read(header)).toThrow(expect.objectContaining({ spec }));
    },
  );
});
