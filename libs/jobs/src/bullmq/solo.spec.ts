import { describe, expect, it, jest } from '@jest/globals';
import { Solo } from './solo.ts';

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Solo', () => {
  it('waits until all others have left', async () => {
    const solo = new Solo();
    const [a, b, c] = [{}, {}, {}];
    for (const attempt of [a, b, c]) solo.enter(attempt);
    const alone = jest.fn();
    void solo.hold(a, never).then(alone);
    expect(solo.held).toBe(true);
    solo.leave(b);
    await turn();
    expect(alone).not.toHaveBeenCalled();
    solo.leave(c);
    await turn();
    expect(alone).toHaveBeenCalled();
    solo.leave(a);
    expect(solo.held).toBe(false);
  });

  it('is held by one', async () => {
    const solo = new Solo();
    const [a, b] = [{}, {}];
    solo.enter(a);
    await solo.hold(a, never);
    solo.enter(b);
    await expect(solo.hold(b, never)).rejects.toThrow(/another/);
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
    const held = solo.hold(a, ending.signal);
    ending.abort();
    await expect(held).resolves.toBeUndefined();
  });
});
