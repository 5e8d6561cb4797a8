import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fingerprintOf, scopeOf } from './fingerprint.ts';

const base = { method: 'POST', url: '/counters/a?x=1', body: { by: 1, window_ms: 2 } as unknown };

describe('fingerprintOf', () => {
  it('does not care for the order of fields', () => {
    expect(fingerprintOf({ ...base, body: { window_ms: 2, by: 1 } })).toBe(fingerprintOf(base));
  });

  it('is the same for the same text and for the same bytes', () => {
    const [one, same] = [0, 0].map((first) => fingerprintOf({ ...base, body: Buffer.from([first, 1, 255]) }));
    expect(one).toBe(same);
    expect(fingerprintOf({ ...base, body: 'a' })).toBe(fingerprintOf({ ...base, body: 'a' }));
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
    ['body of text', { body: '{"by":1,"window_ms":2}' }],
    ['body of bytes', { body: Buffer.from('{"by":1,"window_ms":2}') }],
  ])('tells another %s', (_what, other) => {
    expect(fingerprintOf({ ...base, ...other })).not.toBe(fingerprintOf(base));
  });

  it('tells other bytes', () => {
    const [one, other] = [254, 255].map((last) => fingerprintOf({ ...base, body: Buffer.from([0, 1, last]) }));
    expect(one).not.toBe(other);
  });
});

describe('scopeOf', () => {
  const route = { method: 'POST', route: '/jobs' };

  it('has the caller in it', () => {
    expect(scopeOf('1', 'a', route)).toBe(scopeOf('1', 'a', route));
    expect(scopeOf('1', 'a', route)).not.toBe(scopeOf('1', 'b', route));
    expect(scopeOf('1', 'a', route)).not.toBe(scopeOf('1', undefined, route));
  });

  it('is of the key, the method and the route', () => {
    const key = randomUUID();
    for (const other of [
      scopeOf(randomUUID(), undefined, route),
      scopeOf(key, undefined, { ...route, route: '/session' }),
      scopeOf(key, undefined, { ...route, method: 'PUT' }),
    ])
      expect(other).not.toBe(scopeOf(key, undefined, route));
  });
});
