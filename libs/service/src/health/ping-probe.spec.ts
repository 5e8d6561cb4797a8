import { expect, it } from '@jest/globals';
import { pingProbe } from './ping-probe.ts';

it('pingProbe says how long the round trip took, in tenths of a millisecond', async () => {
  const probe = pingProbe('redis', async () => 3.3366210000021965);
  expect([probe.name, await probe.check()]).toEqual(['redis', { status: 'up', detail: '3.3 ms' }]);
});

it('pingProbe says how long the slowest connection took', async () => {
  const probe = pingProbe(
    'redis',
    async () => 1,
    async () => 3,
    async () => 2,
  );
  expect(await probe.check()).toEqual({ status: 'up', detail: '3.0 ms' });
});

it('pingProbe rejects where one connection of several does', async () => {
  const probe = pingProbe(
    'redis',
    async () => 1,
    () => Promise.reject(new Error('refused')),
  );
  await expect(probe.check()).rejects.toThrow('refused');
});

it('pingProbe rejects as the ping does', async () => {
  const probe = pingProbe('redis', () => Promise.reject(new Error('refused')));
  await expect(probe.check()).rejects.toThrow('refused');
});
