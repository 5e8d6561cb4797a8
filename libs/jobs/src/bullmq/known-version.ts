import type { RedisConnection } from '@nestfleet/redis';

type Client = RedisConnection['client'];

/** Older than any that our own scripts run on; what BullMQ does otherwise with a newer one is to wait 1 ms where it waits 2. */
const INFO = 'redis_version:6.2.0';

/**
 * knownVersion answers BullMQ without Redis what version it has, also on all duplicates. BullMQ asks each connection of a worker
 * once, before its first fetch; turned down in that moment (BUSY, LOADING, a permission), the worker would never fetch. What else
 * it reads of that answer, the eviction policy, is looked at by libs/redis.
 */
export function knownVersion<C extends Client>(client: C): C {
  const ask = (client.info as (...given: unknown[]) => Promise<string>).bind(client);
  // With a callback it is ioredis, which waits for a Redis that has loaded its data.
  client.info = (...given: unknown[]) => (given.length === 0 ? Promise.resolve(INFO) : ask(...given));
  const duplicate = (client.duplicate as (...given: unknown[]) => Client).bind(client);
  client.duplicate = ((...given: unknown[]) => knownVersion(duplicate(...given))) as typeof client.duplicate;
  return client;
}
