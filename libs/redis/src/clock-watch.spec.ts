import { expect, it } from '@jest/globals';
import { clockDifferenceMs } from './clock-watch.ts';

it.each([
  ['the same', [100, 500_000], 100_000, 101_000, 0],
  ['ahead', [110, 0], 100_000, 101_000, 9_000],
  ['behind', ['90', '500000'], 100_000, 101_000, -9_500],
  ['not surely ahead, where the answer took long', [104, 0], 100_000, 105_000, 0],
])('the clock of Redis is %s', (_name, reply, beforeMs, afterMs, differenceMs) =>
  expect(clockDifferenceMs(reply, beforeMs, afterMs)).toBe(differenceMs),
);
