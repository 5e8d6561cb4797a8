import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { VISITS_PER_SCRIPT_MAX, batchedAdds, perTurn, planScripts, watchDeadlines } from './batching.ts';

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

const upTo = (n: number) => Array.from({ length: n }, (_none, at) => at);

describe('planScripts', () => {
  it.each([
    [0, []],
    [1, [1]],
    [VISITS_PER_SCRIPT_MAX, [VISITS_PER_SCRIPT_MAX]],
    [VISITS_PER_SCRIPT_MAX + 1, [VISITS_PER_SCRIPT_MAX, 1]],
    [2 * VISITS_PER_SCRIPT_MAX + 3, [VISITS_PER_SCRIPT_MAX, VISITS_PER_SCRIPT_MAX, 3]],
  ])('%d visits that may share are scripts of %j', (n, sizes) => {
    const scripts = planScripts(upTo(n));
    expect(scripts.map((each) => each.length)).toEqual(sizes);
    expect(scripts.flat()).toEqual(upTo(n));
  });

  it('keeps each part to itself, in the order in which its visits came', () => {
    expect(planScripts([10, 21, 11, 30, 20, 12], (visit) => Math.floor(visit / 10))).toEqual([
      [10, 11, 12],
      [21, 20],
      [30],
    ]);
  });

  it('bounds a part too', () => {
    const scripts = planScripts(upTo(2 * VISITS_PER_SCRIPT_MAX + 2), (visit) => visit % 2);
    expect(scripts.map((each) => each.length)).toEqual([VISITS_PER_SCRIPT_MAX, 1, VISITS_PER_SCRIPT_MAX, 1]);
  });
});

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

  it('rejects all of a turn with what failed, and nobody else', async () => {
    const fault = new Error('unreachable');
    let fails = true;
    const add = batchedAdds(async (by) => {
      if (fails) throw fault;
      return by;
    });
    const ends = await Promise.allSettled([add(1), add(2)]);
    expect(ends).toEqual([1, 2].map(() => ({ status: 'rejected', reason: fault })));
    fails = false;
    expect(await add(4)).toBe(4);
  });
});

const watch = (...endsMs: number[]) => {
  const startMs = performance.now();
  const over: number[] = [];
  const batch = endsMs.map((ms) => ({ deadlineMs: startMs + ms, ms }));
  return { over, unwatch: watchDeadlines(batch, ({ ms }) => over.push(ms)) };
};

describe('watchDeadlines', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  it('reports each at its own deadline, once', () => {
    const { over } = watch(300, 100, Infinity, 100);
    jest.advanceTimersByTime(99);
    expect(over).toEqual([]);
    jest.advanceTimersByTime(3);
    expect(over).toEqual([100, 100]);
    jest.advanceTimersByTime(1_000);
    expect(over).toEqual([100, 100, 300]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('reports nobody after it was ended, and leaves no timer', () => {
    const { over, unwatch } = watch(100);
    unwatch();
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000);
    expect(over).toEqual([]);
  });

  it('sets no timer where nobody stops waiting', () => {
    watch(Infinity, Infinity);
    expect(jest.getTimerCount()).toBe(0);
  });
});
