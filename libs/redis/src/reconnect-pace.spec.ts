import { expect, it } from '@jest/globals';
import { ReconnectPace } from './reconnect-pace.ts';

it('lets nobody within a second of the last one', () => {
  const pace = new ReconnectPace();
  expect([0, 1, 999, 1_000, 1_500, 2_000].map((nowMs) => pace.tryTake(nowMs))).toEqual([
    true,
    false,
    false,
    true,
    false,
    true,
  ]);
});
