import { describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { boundsOf } from '../bounds.ts';
import { silentLog } from '../log.ts';
import { Sweep, sweepEveryMs } from './sweep.ts';

describe('sweepEveryMs', () => {
  it.each([
    [{}, 60_000],
    [{ keepCompletedMs: 100_000 }, 10_000],
    [{ keepFailedMs: 2_000 }, 1_000],
  ])('of %j is %d', (bounds, everyMs) => {
    expect(sweepEveryMs(boundsOf({ name: 'demo', ...bounds }))).toBe(everyMs);
  });
});

describe('Sweep', () => {
  it('goes on until nothing is left, and looks again later, after a fault too', async () => {
    const left = { completed: 3, failed: 2 };
    let faults = 2;
    const sweep = new Sweep({
      everyMs: 10,
      keepAtMostMs: () => Infinity,
      log: silentLog,
      scripts: {
        boundEvents: async () => undefined,
        sweep: async (state) => {
          if (state === 'failed' && faults > 0) {
            faults -= 1;
            throw new Error('READONLY');
          }
          if (left[state] === 0) return 0;
          left[state] -= 1;
          return 1;
        },
      },
    });
    const swept = sweep.run();
    await until(() => left.completed + left.failed === 0, 5_000);
    left.completed = 1;
    await until(() => left.completed === 0, 5_000);
    sweep.stop();
    await swept;
    expect(faults).toBe(0);
  });

  it.each([
    ['as long as they are to be kept', Infinity],
    ['for as long as the memory of Redis allows', 60_000],
  ])('keeps completed jobs %s, failed ones in any case', async (_what, completedMs) => {
    const asked: [string, number][] = [];
    const sweep = new Sweep({
      everyMs: 60_000,
      keepAtMostMs: () => completedMs,
      log: silentLog,
      scripts: {
        boundEvents: async () => undefined,
        sweep: async (state, atMostMs) => {
          asked.push([state, atMostMs]);
          return 0;
        },
      },
    });
    const swept = sweep.run();
    await until(() => asked.length >= 2, 5_000);
    sweep.stop();
    await swept;
    expect(asked).toEqual([
      ['completed', completedMs],
      ['failed', Infinity],
    ]);
  });
});
