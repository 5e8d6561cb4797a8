import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { bucketOf, requireKey, stateKeys } from './keys.ts';

const keys = stateKeys((tag) => `nf:{${tag}}:`);

describe('stateKeys', () => {
  it('spells every key as the contract does', () => {
    expect(keys.session('AAAAAAAAAAAAAAAAAAAAAA')).toBe('nf:{s27}:session:AAAAAAAAAAAAAAAAAAAAAA');
    expect(keys.global()).toBe('nf:{g}:global');
    expect(keys.counter('hits')).toBe('nf:{c}:counter:hits');
    expect(keys.window('hits', 60_000)).toBe('nf:{c}:window:hits:60000');
    expect(keys.applied('0aZ_-')).toBe('nf:{c}:applied:0aZ_-');
    expect(keys.value('a:b')).toBe('nf:{v}:value:a:b');
    expect(keys.valueVersion()).toBe('nf:{v}:version');
    expect(keys.lease('a:b')).toBe('nf:{l}:lease:a:b');
    expect(keys.fence()).toBe('nf:{l}:fence');
    expect(keys.limit('a:b')).toBe('nf:{r}:quota:a:b');
    expect(keys.idempotency('a b')).toBe('nf:{i}:idem:yGh6CKpdbtIEQyj6aml6uOltw0KR6MIDSujDjm_MbWU');
  });

  it('spells those of layout 2 with a bucket, one for all of a counter', () => {
    expect(keys.layout()).toBe('nf:{layout}:version');
    expect([keys.layoutSwitch('c'), keys.layoutSwitch('i')]).toEqual(['nf:{c}:layout', 'nf:{i}:layout']);
    expect(keys.spread.counter('foobar')).toBe('nf:{c40}:counter:foobar');
    expect(keys.spread.window('foobar', 60_000)).toBe('nf:{c40}:window:foobar:60000');
    expect(keys.spread.applied('foobar', '0aZ_-')).toBe('nf:{c40}:applied:0aZ_-');
    expect(keys.spread.idempotency('a b')).toMatch(/^nf:\{i\d+\}:idem:yGh6CKpdbtIEQyj6aml6uOltw0KR6MIDSujDjm_MbWU$/);
    expect(() => keys.spread.counter('a/b')).toThrow(expect.objectContaining({ code: 'invalid_key' }));
  });

  it('never puts a session into another bucket', () => {
    // Published values of FNV-1a: e40c292c and bf9cf968.
    expect(['a', 'foobar'].map(bucketOf)).toEqual([0x2c, 0x28]);
    expect(['AAAAAAAAAAAAAAAAAAAAAA', 'zzzzzzzzzzzzzzzzzzzzzz'].map(bucketOf)).toEqual([27, 21]);
  });

  it('spreads sessions over 64 buckets', () => {
    const filled = new Map<number, number>();
    for (let n = 0; n < 6_400; n += 1) {
      const bucket = bucketOf(randomBytes(16).toString('base64url'));
      filled.set(bucket, (filled.get(bucket) ?? 0) + 1);
    }
    expect([...filled.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_none, n) => n));
    expect(Math.max(...filled.values())).toBeLessThan(200);
  });
});

describe('requireKey', () => {
  it.each(['a', 'A.b_c~d:e@f-g', '0', 'x'.repeat(128)])('accepts %s', (key) => expect(requireKey(key)).toBe(key));

  it.each(['', ' ', 'a/b', 'a{b}', 'a*', '..', 'x'.repeat(129)])('refuses "%s"', (key) =>
    expect(() => requireKey(key)).toThrow(expect.objectContaining({ code: 'invalid_key', status: 400 })),
  );
});
