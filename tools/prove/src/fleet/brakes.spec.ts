import { describe, expect, it } from '@jest/globals';
import { until } from '../until.ts';
import { type BrakeSignal, type Braked, Brakes, dutyCycle } from './brakes.ts';

function braked(id = 'api-1'): Braked & { readonly got: BrakeSignal[] } {
  const got: BrakeSignal[] = [];
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

describe('brakes', () => {
  it('stop, and let go once', async () => {
    const one = braked();
    const brake = await new Brakes().pause(one);
    await brake.release();
    await brake.release();
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT']);
  });

  it('let all of it go at the end, paused or slow', async () => {
    const brakes = new Brakes();
    const [paused, slow] = [braked('a'), braked('b')];
    await brakes.pause(paused);
    await brakes.slow(slow, { factor: 10, limitMs: 60_000 });
    await brakes.releaseAll();
    expect([paused.got.at(-1), slow.got.at(-1)]).toEqual(['SIGCONT', 'SIGCONT']);
    const after = slow.got.length;
    await brakes.releaseAll();
    expect(slow.got.length).toBe(after);
  });

  it('slow for a bounded time and leave it running', async () => {
    const one = braked();
    const brakes = new Brakes();
    await brakes.slow(one, { factor: 2, limitMs: 0 });
    await until('it is let go', () => !brakes.holds('api-1'), 20_000, 5);
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT']);
  });

  it('do not mind that what they held has ended', async () => {
    const gone: Braked = {
      id: 'gone',
      signal: (signal) => {
        if (signal === 'SIGCONT') throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
      },
    };
    const brakes = new Brakes();
    await brakes.pause(gone);
    await expect(brakes.releaseAll()).resolves.toBeUndefined();
  });

  it('take the newer of two wishes for one replica', async () => {
    const one = braked();
    const brakes = new Brakes();
    const first = await brakes.pause(one);
    await brakes.pause(one);
    await first.release();
    expect(one.got).toEqual(['SIGSTOP', 'SIGCONT', 'SIGSTOP']);
    await brakes.resume('api-1');
    expect(one.got.at(-1)).toBe('SIGCONT');
  });
});
