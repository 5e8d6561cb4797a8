import { describe, expect, it } from '@jest/globals';
import { until } from '../client/until.ts';
import { type StallSignal, type StallTarget, StallInjector, dutyCycle } from './stall-injector.ts';

function target(id = 'api-1'): StallTarget & { readonly got: StallSignal[] } {
  const got: StallSignal[] = [];
  return { id, got, signal: (signal) => void got.push(signal) };
}

describe('a duty cycle', () => {
  it.each([
    [1, 100, 0],
    [2, 50, 50],
    [10, 10, 90],
    [1_000, 1, 99],
  ])('by %d runs %d ms and rests %d ms of a hundred', (factor, runMs, stopMs) => {
    expect(dutyCycle(factor, 100)).toEqual({ runMs, stopMs });
  });

  it.each([0, 0.5, -1, Number.NaN])('by %d is refused', (factor) => {
    expect(() => dutyCycle(factor)).toThrow('slowed');
  });
});

describe('stalls', () => {
  it('stop, and let go once', async () => {
    const one = target();
    const stall = await new StallInjector().pause(one);
    await stall.release();
    await stall.release();
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT']);
  });

  it('let all of it go at the end, paused or slow', async () => {
    const stalls = new StallInjector();
    const [paused, slow] = [target('a'), target('b')];
    await stalls.pause(paused);
    await stalls.slow(slow, { factor: 10, limitMs: 60_000 });
    await stalls.releaseAll();
    expect([paused.got.at(-1), slow.got.at(-1)]).toEqual(['SIGCONT', 'SIGCONT']);
    const after = slow.got.length;
    await stalls.releaseAll();
    expect(slow.got.length).toBe(after);
  });

  it('slow for a bounded time and leave it running', async () => {
    const one = target();
    const stalls = new StallInjector();
    await stalls.slow(one, { factor: 2, limitMs: 0 });
    await until('it is let go', () => !stalls.holds('api-1'), 20_000, 5);
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT']);
  });

  it('do not mind that what they held has ended', async () => {
    const gone: StallTarget = {
      id: 'gone',
      signal: (signal) => {
        if (signal === 'SIGCONT') throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
      },
    };
    const stalls = new StallInjector();
    await stalls.pause(gone);
    await expect(stalls.releaseAll()).resolves.toBeUndefined();
  });

  it('take the newer of two requests for one replica', async () => {
    const one = target();
    const stalls = new StallInjector();
    const first = await stalls.pause(one);
    await stalls.pause(one);
    await first.release();
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT', 'SIGSTOP']);
    await stalls.resume('api-1');
    expect(one.got.at(-1)).toBe('SIGCONT');
  });
});
