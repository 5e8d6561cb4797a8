import { describe, expect, it } from '@jest/globals';
import { effectRequest } from './effect-request.ts';
import type { EffectWrite } from './effects.ts';

describe('effectRequest', () => {
  it('puts an effect into the order that the script reads', () => {
    const request = effectRequest('sent', [
      { incrBy: 'count' },
      { incrBy: 'count', by: -3, expireMs: 5 },
      { set: 'last', value: '' },
      { hset: 'by', fields: { a: '1', b: '2' } },
      { hincrBy: 'sums', field: 'a', by: 7 },
      { sadd: 'ids', members: ['x', 'y'] },
      { del: 'old' },
    ]);
    expect(request.keys).toEqual(['count', 'count', 'last', 'by', 'sums', 'ids', 'old']);
    expect(request.args).toEqual(
      [
        ['incrBy 0 1', 1],
        ['incrBy 5 1', -3],
        ['set 0 1', ''],
        ['hset 0 4', 'a', '1', 'b', '2'],
        ['hincrBy 0 2', 'a', 7],
        ['sadd 0 2', 'x', 'y'],
        ['del 0 0'],
      ].flat(),
    );
  });

  it.each<[what: string, name: string, writes: EffectWrite[]]>([
    ['a name with a space', 'a b', [{ incrBy: 'x' }]],
    ['no name', '', [{ incrBy: 'x' }]],
    ['no write', 'n', []],
    ['17 writes', 'n', Array.from({ length: 17 }, (_none, n) => ({ incrBy: `x${n}` }))],
    ['no key', 'n', [{ incrBy: '' }]],
    ['a long key', 'n', [{ del: 'k'.repeat(257) }]],
    ['a part of a number', 'n', [{ incrBy: 'x', by: 0.5 }]],
    ['a number that is not exact', 'n', [{ hincrBy: 'x', field: 'f', by: 2 ** 53 }]],
    ['half a surrogate', 'n', [{ set: 'x', value: 'a\uD800' }]],
    ['no fields', 'n', [{ hset: 'x', fields: {} }]],
    ['no members', 'n', [{ sadd: 'x', members: [] }]],
    ['an expiry in the past', 'n', [{ set: 'x', value: '', expireMs: -1 }]],
    ['an expiry that no clock reaches', 'n', [{ incrBy: 'x', expireMs: Number.MAX_SAFE_INTEGER }]],
    ['a key that is written in two ways', 'n', [{ set: 'x', value: 'a' }, { incrBy: 'x' }]],
    ['too many members', 'n', [{ sadd: 'x', members: Array.from({ length: 1_000 }, String) }]],
    ['too large a value', 'n', [{ set: 'x', value: 'v'.repeat(256 * 1024) }]],
  ])('refuses %s', (_what, name, writes) =>
    expect(() => effectRequest(name, writes)).toThrow(expect.objectContaining({ code: 'invalid_effect' })),
  );
});
