import { expect, it } from '@jest/globals';
import { pingProbe } from './ping-probe.ts';

it('pingProbe says how long the round trip took, in tenths of a millisecond', async () => {
  const probe = pingProbe('redis', async () => 3.3366210000021965);
  expect([probe.name, await probe.check()]).toEqual(['redis', { status: 'up', detail: '3.3 ms' }]);
});

it('pingProbe rejects as the ping does', async () => {
  const probe = pingProbe('redis', () => Promise.reject(new Error('refused')));
  await expect(probe.check()).rejects.toThrow('refused');
});
