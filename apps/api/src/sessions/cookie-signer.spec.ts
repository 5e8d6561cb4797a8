import { createHmac, randomBytes } from 'node:crypto';
import { Signer } from '@fastify/cookie';
import { describe, expect, it } from '@jest/globals';
import { cookieSigner } from './cookie-signer.ts';

const KEY = 'k'.repeat(48);
const OLD = 'o'.repeat(32);
const signer = cookieSigner([KEY, OLD]);
const values = ['', 'A'.repeat(22), 'x', 'ä€😀', 'a.b.c', '\uD800', 'v'.repeat(5_000)];
const signature = signer.sign('value').slice('value.'.length);

describe('cookieSigner', () => {
  it.each([1, 63, 64, 65, 1_000])('is HMAC-SHA256, with a key of %d bytes', (length) => {
    const key = 'k'.repeat(length);
    for (const value of values) {
      const expected = createHmac('sha256', key).update(value).digest('base64').replace('=', '');
      expect(cookieSigner([key]).sign(value)).toBe(`${value}.${expected}`);
    }
  });

  it('agrees with @fastify/cookie, whose cookies clients hold, on keys and values of all letters', () => {
    for (let n = 0; n < 200; n += 1) {
      const key = randomBytes(n + 1).toString('latin1');
      const value = randomBytes(16).toString('base64url');
      const [ours, theirs] = [cookieSigner([KEY, key]), new Signer([KEY, key])];
      expect(ours.sign(value)).toBe(theirs.sign(value));
      for (const signed of [ours.sign(value), new Signer(key).sign(value), new Signer('other').sign(value)])
        expect(ours.unsign(signed)).toEqual(theirs.unsign(signed));
    }
  });

  it('says which cookies are to be given anew, and forgets keys that are gone', () => {
    const signed = cookieSigner([OLD]).sign('value');
    expect(signer.unsign(signed)).toEqual({ valid: true, renew: true, value: 'value' });
    expect(cookieSigner([KEY]).unsign(signed).valid).toBe(false);
    expect(signer.unsign(signer.sign('value'))).toEqual({ valid: true, renew: false, value: 'value' });
  });

  it.each([
    ['nothing', ''],
    ['no signature', 'value'],
    ['an empty signature', 'value.'],
    ['a signature alone', signature],
    ['another value', `valuf.${signature}`],
    ['a longer value', `value.x.${signature}`],
    ['a part of the signature', `value.${signature.slice(0, -1)}`],
    ['more than the signature', `value.${signature}A`],
    ['its padding', `value.${signature}=`],
    ['another first letter', `value.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['another last letter', `value.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}`],
    ['a foreign key', cookieSigner(['f'.repeat(32)]).sign('value')],
    ['letters of several bytes', `value.${'€'.repeat(43)}`],
  ])('refuses %s', (_what, signed) => {
    expect(signer.unsign(signed)).toEqual({ valid: false, renew: false, value: null });
  });

  it('wants a key', () => {
    expect(() => cookieSigner([])).toThrow('no key');
  });
});
