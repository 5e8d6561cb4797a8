import { expect, it } from '@jest/globals';
import { freePort } from './free-port.ts';

it('freePort never hands one out twice, though nobody listens on the first', async () => {
  const first = await freePort();
  const draws = [first, first].map((port) => (port - 20_000 + 0.5) / 12_000);
  expect(await freePort(() => draws.shift() ?? Math.random())).not.toBe(first);
});
