import { expect, it } from '@jest/globals';
import { pause } from './pause.ts';

it('a pause ends at once when its signal is or gets aborted', async () => {
  const stop = new AbortController();
  const pausing = pause(60_000, stop.signal);
  stop.abort();
  await expect(pausing).resolves.toBeUndefined();
  await expect(pause(60_000, stop.signal)).resolves.toBeUndefined();
});
