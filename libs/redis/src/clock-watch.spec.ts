import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ClockWatch, clockDifferenceMs } from './clock-watch.ts';
import { silentLog } from './log.ts';

const MINUTE_MS = 60_000;

it.each([
  ['the same', [100, 500_000], 100_000, 101_000, 0],
  ['ahead', [110, 0], 100_000, 101_000, 9_000],
  ['behind', ['90', '500000'], 100_000, 101_000, -9_500],
  ['not surely ahead, where the answer took long', [104, 0], 100_000, 105_000, 0],
])('the clock of Redis is %s', (_name, reply, beforeMs, afterMs, differenceMs) =>
  expect(clockDifferenceMs(reply, beforeMs, afterMs)).toBe(differenceMs),
);

/** All clocks begin at 0 and stand unless told; `apart` is of Redis, undefined where it does not say. */
function watched() {
  const now = { ownMs: 0, monotonicMs: 0 };
  const told: unknown[] = [];
  let apart: number | undefined = 0;
  let asked = 0;
  const watch = new ClockWatch({
    log: { ...silentLog, warn: (fields: object) => void told.push(Reflect.get(fields, 'differenceMs')) },
    nowMs: () => now.ownMs,
    monotonicMs: () => now.monotonicMs,
    timeOf: async () => {
      asked += 1;
      if (apart === undefined) throw new Error('NOPERM');
      return [(now.ownMs + apart) / 1_000, 0];
    },
  });
  const node = new Redis({ lazyConnect: true });
  return {
    told,
    asked: () => asked,
    look: () => watch.look([node]),
    /** A command after that time. */
    command: async (afterMs: number, apartMs: number | undefined) => {
      now.monotonicMs += afterMs;
      apart = apartMs;
      watch.lookIfOld(() => [node]);
      await new Promise(setImmediate);
    },
  };
}

describe('ClockWatch', () => {
  it('sees a clock that steps while connected, at the first command of the next minute', async () => {
    const { command, look, told } = watched();
    await look();
    await command(MINUTE_MS - 1, 3_600_000);
    expect(told).toEqual([]);
    await command(1, 3_600_000);
    expect(told).toEqual([3_600_000]);
  });

  it('asks once a minute, however much else is asked', async () => {
    const { asked, command, look } = watched();
    await look();
    for (let second = 0; second < 120; second += 1) await command(1_000, 0);
    expect(asked()).toBe(3);
  });

  it.each([
    ['stays', [9_000, 9_500, 8_000], [9_000]],
    ['is none in between', [9_000, 0, 9_000], [9_000, 9_000]],
    ['becomes another one', [9_000, -9_000], [9_000, -9_000]],
    ['is not known in between', [9_000, undefined, 9_000], [9_000]],
    ['is small', [5_000, -5_000], []],
  ])('warns once for each change: a difference that %s', async (_what, differences, warnings) => {
    const { command, told } = watched();
    for (const differenceMs of differences) await command(MINUTE_MS, differenceMs);
    expect(told).toEqual(warnings);
  });
});
