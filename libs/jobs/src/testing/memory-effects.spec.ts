import { describe, expect, it } from '@jest/globals';
import type { EffectWrite } from '../effects.ts';
import { memoryEffects } from './memory-effects.ts';

describe('memoryEffects', () => {
  it('writes as Redis does, and answers the same numbers', async () => {
    const effects = memoryEffects();
    const writes: EffectWrite[] = [
      { incrBy: 'count', by: 3 },
      { incrBy: 'count' },
      { set: 'last', value: 'x' },
      { hset: 'by', fields: { a: '1', b: '2' } },
      { hincrBy: 'sums', field: 'f', by: -2 },
      { sadd: 'ids', members: ['x', 'x', 'y'] },
      { del: 'none' },
    ];
    expect(await effects.once('first', writes)).toEqual([3, 4, 1, 2, -2, 2, 0]);
    expect(await effects.number('count')).toBe(4);
    expect(await effects.text('last')).toBe('x');
    expect(await effects.fields('by')).toEqual({ a: '1', b: '2' });
    expect(await effects.members('ids')).toEqual(['x', 'y']);
    expect(await effects.once('second', [{ del: 'by' }, { hincrBy: 'sums', field: 'f' }])).toEqual([1, -1]);
    expect(await effects.fields('by')).toEqual({});
  });

  it('does an effect once and answers as it did then', async () => {
    const effects = memoryEffects();
    expect(await effects.once('sent', [{ incrBy: 'count', by: 5 }])).toEqual([5]);
    expect(await effects.once('sent', [{ incrBy: 'count', by: 9 }])).toEqual([5]);
    expect(await effects.number('count')).toBe(5);
  });

  it.each<[what: string, write: EffectWrite]>([
    ['another kind of key', { hincrBy: 'last', field: 'f' }],
    ['a number that is none', { incrBy: 'last' }],
    ['a number that is not exact', { incrBy: 'large', by: Number.MAX_SAFE_INTEGER }],
  ])('writes nothing of an effect with %s', async (_what, write) => {
    const effects = memoryEffects();
    await effects.once('first', [{ set: 'last', value: 'x' }, { incrBy: 'large' }]);
    const effect = effects.once('second', [{ incrBy: 'count' }, write]);
    await expect(effect).rejects.toMatchObject({ code: 'invalid_effect' });
    expect(await effects.number('count')).toBe(0);
  });
});
