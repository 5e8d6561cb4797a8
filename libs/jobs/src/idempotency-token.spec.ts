import { describe, expect, it } from '@jest/globals';
import { tokenRecord } from './idempotency-token.ts';

const payload = { to: 'a', more: { x: [1, { z: 1, y: 2 }], w: null } };

const fingerprintOf = (cents: unknown) => tokenRecord('t', { cents }).fingerprint;

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

  it('tells whole numbers of any length, which a schema may take', () => {
    expect(fingerprintOf(10n ** 30n)).toBe(fingerprintOf(10n ** 30n));
    expect(new Set([1n, 2n, 1, '1'].map(fingerprintOf)).size).toBe(4);
  });

  it('refuses a payload that has no text', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = [cycle];
    const silent = {
      toJSON() {
        throw new Error('not me');
      },
    };
    for (const bad of [cycle, silent])
      expect(() => tokenRecord('t', bad)).toThrow(expect.objectContaining({ code: 'invalid_payload', status: 400 }));
  });

  it.each(['', 'x'.repeat(129)])('refuses "%s"', (token) =>
    expect(() => tokenRecord(token, payload)).toThrow(
      expect.objectContaining({ code: 'invalid_idempotency_token', status: 400 }),
    ),
  );
});
