import { describe, expect, it, jest } from '@jest/globals';
import { Solo } from './solo.ts';

const never = new AbortController().signal;
const times = { withinMs: Infinity, allWithinMs: 60_000, putBackRestMs: 60_000 };
const turn = () => new Promise((resolve) => setImmediate(resolve));
const of = (queue: string) => ({ queue });

describe('Solo', () => {
  it('waits until all others have left', async () => {
    const solo = new Solo();
    const [a, b, c] = [of('q'), of('q'), of('q')];
    for (const attempt of [a, b, c]) solo.enter(attempt);
    const alone = jest.fn();
    void solo.hold(a, never, times).then(alone);
    expect(solo.isClosed('q')).toBe(true);
    solo.leave(b);
    await turn();
    expect(alone).not.toHaveBeenCalled();
    solo.leave(c);
    await turn();
    expect(alone).toHaveBeenCalledWith('alone');
    expect([solo.held, solo.isClosed('other')]).toEqual([true, true]);
    solo.leave(a);
    expect([solo.held, solo.isClosed('q'), solo.isClosed('other')]).toEqual([false, false, false]);
  });

  it('is held by one, and by the next in the line once that has left, with no queue open in between', async () => {
    const solo = new Solo();
    const [a, b, c, long] = [of('q'), of('q'), of('other'), of('q')];
    for (const attempt of [a, b, c, long]) solo.enter(attempt);
    const held = [a, b, c].map((attempt) => solo.hold(attempt, never, times));
    expect([solo.isClosed('q'), solo.isClosed('other'), solo.isClosed('third')]).toEqual([true, true, false]);
    // Those in the line have not begun: they are not beside it.
    solo.leave(long);
    await expect(held[0]).resolves.toBe('alone');
    solo.leave(a);
    expect([solo.isClosed('q'), solo.isClosed('third')]).toEqual([true, true]);
    await expect(held[1]).resolves.toBe('alone');
    solo.leave(b);
    await expect(held[2]).resolves.toBe('alone');
    solo.leave(c);
    expect([solo.held, solo.isClosed('q'), solo.isClosed('third')]).toEqual([false, false, false]);
  });

  it('lets who waits in the line go once that is aborted, or the one that holds it is put back', async () => {
    const solo = new Solo();
    const [a, b, c, long] = [of('q'), of('q'), of('other'), of('q')];
    for (const attempt of [a, b, c, long]) solo.enter(attempt);
    const ending = new AbortController();
    const [first, aborted, last] = [
      solo.hold(a, never, times),
      solo.hold(b, ending.signal, times),
      solo.hold(c, never, times),
    ];
    ending.abort();
    await expect(aborted).resolves.toBe('stopped');
    expect(solo.held).toBe(true);
    solo.putBack(a, 60_000);
    await expect(first).resolves.toBe('stopped');
    await expect(last).resolves.toBe('stopped');
    // Or they would be taken here again, at once.
    expect([solo.held, solo.rests('q'), solo.rests('other')]).toEqual([false, true, true]);
    expect([solo.isClosed('q'), solo.isClosed('other'), solo.isClosed('third')]).toEqual([true, true, false]);
  });

  it('closes the queue of who waits in the line for as long as it waits there', async () => {
    const solo = new Solo();
    const [a, b, long] = [of('q'), of('other'), of('q')];
    for (const attempt of [a, b, long]) solo.enter(attempt);
    const ending = new AbortController();
    const first = solo.hold(a, never, times);
    const aborted = solo.hold(b, ending.signal, times);
    expect(solo.isClosed('other')).toBe(true);
    ending.abort();
    await expect(aborted).resolves.toBe('stopped');
    expect([solo.isClosed('q'), solo.isClosed('other')]).toEqual([true, false]);
    solo.putBack(a, 60_000);
    await first;
  });

  it('lets who waits in the line go back to its queue in time, for another worker', async () => {
    const solo = new Solo();
    const [a, b, long] = [of('q'), of('other'), of('q')];
    for (const attempt of [a, b, long]) solo.enter(attempt);
    const first = solo.hold(a, never, { ...times, withinMs: Infinity });
    await expect(solo.hold(b, never, { ...times, withinMs: 1 })).resolves.toBe('stopped');
    expect([solo.held, solo.rests('other'), solo.rests('q')]).toEqual([true, true, false]);
    solo.leave(long);
    await expect(first).resolves.toBe('alone');
  });

  it('does not wait for others once it is aborted', async () => {
    const solo = new Solo();
    const [a, b] = [of('q'), of('q')];
    solo.enter(a);
    solo.enter(b);
    const ending = new AbortController();
    const held = solo.hold(a, ending.signal, times);
    ending.abort();
    await expect(held).resolves.toBe('stopped');
    expect(solo.held).toBe(false);
  });

  it('says when its time is over, and keeps its queue closed until it leaves or is alone', async () => {
    const solo = new Solo();
    const [a, long] = [of('q'), of('q')];
    for (const attempt of [a, long]) solo.enter(attempt);
    await expect(solo.hold(a, never, { ...times, withinMs: 1 })).resolves.toBe('late');
    expect([solo.isClosed('q'), solo.isClosed('other')]).toEqual([true, false]);
    const held = solo.hold(a, never, times);
    solo.leave(long);
    await expect(held).resolves.toBe('alone');
    solo.leave(a);
    expect(solo.isClosed('q')).toBe(false);
  });

  it('leaves other queues open while jobs of its own run', async () => {
    const solo = new Solo();
    const [a, long, short] = [of('q'), of('q'), of('short')];
    for (const attempt of [a, long, short]) solo.enter(attempt);
    const held = solo.hold(a, never, times);
    solo.leave(short);
    const next = of('short');
    solo.enter(next);
    await turn();
    expect([solo.isClosed('q'), solo.isClosed('short')]).toEqual([true, false]);
    solo.leave(long);
    await turn();
    // Only this is left: it ends, and no other one is taken.
    expect(solo.isClosed('short')).toBe(true);
    solo.leave(next);
    await expect(held).resolves.toBe('alone');
  });

  it('closes all queues for a moment only, and those whose jobs outlast it until they have ended', async () => {
    const solo = new Solo();
    const [a, long] = [of('q'), of('long')];
    for (const attempt of [a, long]) solo.enter(attempt);
    const held = solo.hold(a, never, { ...times, allWithinMs: 1 });
    expect(solo.isClosed('other')).toBe(true);
    while (solo.isClosed('other')) await turn();
    expect([solo.isClosed('q'), solo.isClosed('long')]).toEqual([true, true]);
    solo.leave(long);
    await expect(held).resolves.toBe('alone');
  });

  it('is nobody’s while the handler of an attempt that is over goes on, and nobody waits for it', async () => {
    const solo = new Solo();
    const [a, b] = [of('q'), of('q')];
    const { promise: handler, resolve: end } = Promise.withResolvers<void>();
    for (const attempt of [a, b]) solo.enter(attempt);
    const held = solo.hold(b, never, times);
    // As each way out of an attempt says it.
    for (let n = 0; n < 2; n += 1) solo.leave(a, handler);
    await expect(held).resolves.toBe('deaf');
    await expect(solo.hold(b, never, times)).resolves.toBe('deaf');
    expect(solo.held).toBe(false);
    end();
    await turn();
    await expect(solo.hold(b, never, times)).resolves.toBe('alone');
  });
});
