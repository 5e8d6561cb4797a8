import { describe, expect, it } from '@jest/globals';
import { tokenRecord } from './idempotency-token.ts';

const payload = { to: 'a', more: { x: [1, { z: 1, y: 2 }], w: null } };

describe('tokenRecord', () => {
  it('names a token by 22 characters, whatever is in it', () => {
    const { tokenHash } = tokenRecord('order 17 {}:*', payload);
    expect(tokenHash).toMatch(/^[\w-]{22}$/);
    expect(tokenRecord('order 17 {}:*', 'other').tokenHash).toBe(tokenHash);
    expect(tokenRecord('order 18 {}:*', payload).tokenHash).not.toBe(tokenHash);
  });

  it('does not care for the order of fields, and not for those that JSON leaves out', () => {
    const same = { more: { w: null, x: [1, { y: 2, z: 1 }] }, none: undefined, to: 'a' };
    expect(tokenRecord('t', same)).toEqual(tokenRecord('t', payload));
  });

  it.each([
    ['value', { ...payload, to: 'b' }],
    ['type', { ...payload, to: 1 }],
    ['field', { ...payload, cc: 'a' }],
    ['order of a list', { ...payload, more: { ...payload.more, x: payload.more.x.toReversed() } }],
    ['kind', [payload]],
    ['payload', undefined],
  ])('tells another %s', (_what, other) => {
    const { fingerprint } = tokenRecord('t', other);
    expect(fingerprint).toMatch(/^[\w-]{16}$/);
    expect(fingerprint).not.toBe(tokenRecord('t', payload).fingerprint);
  });

  it.each(['', 'x'.repeat(129)])('refuses "%s"', (token) =>
    expect(() => tokenRecord(token, payload)).toThrow(
      expect.objectContaining({ code: 'invalid_idempotency_token', status: 400 }),
    ),
  );
});
