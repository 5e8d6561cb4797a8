import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { watchOwnEnds } from './own-ends.ts';

const watch = (...endsMs: number[]) => {
  const startMs = performance.now();
  const over: number[] = [];
  const batch = endsMs.map((ms) => ({ endMs: startMs + ms, ms }));
  return { over, unwatch: watchOwnEnds(batch, ({ ms }) => over.push(ms)) };
};

describe('watchOwnEnds', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  it('tells each at its own end, once', () => {
    const { over } = watch(300, 100, Infinity, 100);
    jest.advanceTimersByTime(99);
    expect(over).toEqual([]);
    jest.advanceTimersByTime(3);
    expect(over).toEqual([100, 100]);
    jest.advanceTimersByTime(1_000);
    expect(over).toEqual([100, 100, 300]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells nobody after it was ended, and leaves no timer', () => {
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
