import { describe, expect, it, jest } from '@jest/globals';
import { Solo } from './solo.ts';

const never = new AbortController().signal;
const times = { withinMs: 60_000, restMs: 60_000 };
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Solo', () => {
  it('waits until all others have left', async () => {
    const solo = new Solo();
    const [a, b, c] = [{}, {}, {}];
    for (const attempt of [a, b, c]) solo.enter(attempt);
    const alone = jest.fn();
    void solo.hold(a, never, times).then(alone);
    expect(solo.held).toBe(true);
    solo.leave(b);
    await turn();
    expect(alone).not.toHaveBeenCalled();
    solo.leave(c);
    await turn();
    expect(alone).toHaveBeenCalledWith(true);
    solo.leave(a);
    expect(solo.held).toBe(false);
  });

  it('is held by one', async () => {
    const solo = new Solo();
    const [a, b] = [{}, {}];
    solo.enter(a);
    await solo.hold(a, never, times);
    solo.enter(b);
    await expect(solo.hold(b, never, times)).rejects.toThrow(/another/);
    // It may only have been given back.
    solo.leave(b);
    expect(solo.held).toBe(true);
  });

  it('does not wait for others once it is aborted', async () => {
    const solo = new Solo();
    const [a, b] = [{}, {}];
    solo.enter(a);
    solo.enter(b);
    const ending = new AbortController();
    const held = solo.hold(a, ending.signal, times);
    ending.abort();
    await expect(held).resolves.toBe(false);
    expect(solo.held).toBe(false);
  });

  it('keeps others from jobs for its time only, and leaves them as long before it asks again', async () => {
    const solo = new Solo();
    const [a, b, long] = [{}, {}, {}];
    for (const attempt of [a, b, long]) solo.enter(attempt);
    await expect(solo.hold(a, never, { withinMs: 1, restMs: 60_000 })).resolves.toBe(false);
    expect(solo.held).toBe(false);
    solo.leave(a);
    // At once, and whatever it would wait for.
    await expect(solo.hold(b, never, times)).resolves.toBe(false);
    solo.leave(long);
    await expect(solo.hold(b, never, times)).resolves.toBe(true);
  });

  it('is nobody’s while the handler of an attempt that is over goes on, and nobody waits for it', async () => {
    const solo = new Solo();
    const [a, b] = [{}, {}];
    const { promise: handler, resolve: end } = Promise.withResolvers<void>();
    for (const attempt of [a, b]) solo.enter(attempt);
    const held = solo.hold(b, never, { ...times, restMs: 0 });
    // As each way out of an attempt says it.
    for (let n = 0; n < 2; n += 1) solo.leave(a, handler);
    await expect(held).resolves.toBe(false);
    await expect(solo.hold(b, never, times)).resolves.toBe(false);
    expect(solo.held).toBe(false);
    end();
    await turn();
    await expect(solo.hold(b, never, times)).resolves.toBe(true);
  });
});
