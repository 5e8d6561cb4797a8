import { connectRedis } from '@nestfleet/redis';
import { withDeadline } from '@nestfleet/timing';

const CONNECTED_WITHIN_MS = 5_000;

/** One command to the Redis at an address, over a connection of its own. Rejects when there is none in time. */
export async function askRedis(url: string, [command = '', ...words]: readonly string[]): Promise<unknown> {
  const redis = connectRedis({ url, namespace: 'nf' });
  try {
    await withDeadline(redis.ready(), CONNECTED_WITHIN_MS);
    return await redis.client.call(command, ...words);
  } finally {
    await redis.close();
  }
}
