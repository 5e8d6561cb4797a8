import { describe, expect, it } from '@jest/globals';
import { batchedAdds } from './batched-adds.ts';

describe('batchedAdds', () => {
  it('moves the counter once for a turn, and gives each the count after its own share', async () => {
    let count = 100;
    const moves: number[] = [];
    const add = batchedAdds(async (by) => {
      moves.push(by);
      return (count += by);
    });
    expect(await Promise.all([add(1), add(3), add(2)])).toEqual([101, 104, 106]);
    expect(await add(1)).toBe(107);
    expect(moves).toEqual([6, 1]);
  });

  it('tells all of a turn what failed, and nobody else', async () => {
    const fault = new Error('away');
    let away = true;
    const add = batchedAdds(async (by) => {
      if (away) throw fault;
      return by;
    });
    const ends = await Promise.allSettled([add(1), add(2)]);
    expect(ends).toEqual([1, 2].map(() => ({ status: 'rejected', reason: fault })));
    away = false;
    expect(await add(4)).toBe(4);
  });
});
