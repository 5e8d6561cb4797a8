import { describe, expect, it } from '@jest/globals';
import { perTurn } from './per-turn.ts';

describe('perTurn', () => {
  it('hands over what came in a turn, once and in order, and then begins anew', () => {
    const scheduled: (() => void)[] = [];
    const turns: number[][] = [];
    const enqueue = perTurn<number>(
      (items) => void turns.push(items),
      (work) => scheduled.push(work),
    );
    for (const item of [1, 2, 3]) enqueue(item);
    expect([scheduled.length, turns]).toEqual([1, []]);
    scheduled.pop()?.();
    enqueue(4);
    scheduled.pop()?.();
    expect([scheduled.length, turns]).toEqual([0, [[1, 2, 3], [4]]]);
  });

  it('takes what comes while a turn is handed over into the next one', () => {
    const scheduled: (() => void)[] = [];
    const turns: number[][] = [];
    const enqueue = perTurn<number>(
      (items) => {
        turns.push(items);
        if (items.includes(1)) enqueue(2);
      },
      (work) => scheduled.push(work),
    );
    enqueue(1);
    scheduled.shift()?.();
    scheduled.shift()?.();
    expect(turns).toEqual([[1], [2]]);
  });
});
