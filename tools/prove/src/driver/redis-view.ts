import { setTimeout as sleep } from 'node:timers/promises';
import { connectRedis } from '@nestfleet/redis';

const CONNECTED_WITHIN_MS = 5_000;

/** One command to the Redis at an address, over a connection of its own. Rejects when there is none in time. */
export async function askRedis(url: string, [command = '', ...words]: readonly string[]): Promise<unknown> {
  const redis = connectRedis({ url, namespace: 'nf' });
  const tooLate = new AbortController();
  try {
    await Promise.race([
      redis.ready(),
      sleep(CONNECTED_WITHIN_MS, undefined, { signal: tooLate.signal }).then(() => {
        throw new Error(`no connection to Redis within ${CONNECTED_WITHIN_MS} ms`);
      }),
    ]);
    return await redis.client.call(command, ...words);
  } finally {
    tooLate.abort();
    await redis.close();
  }
}
