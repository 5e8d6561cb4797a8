import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './link.ts';

/** everySocket shows `watch` the client, or each node of a cluster, and those of all duplicates: BullMQ makes its own. */
export function everySocket<C extends RedisClient>(client: C, watch: (redis: Redis) => void): C {
  if (client instanceof Cluster) client.on('+node', watch);
  else watch(client);
  const duplicate = (client.duplicate as (...args: unknown[]) => RedisClient).bind(client);
  client.duplicate = ((...args: unknown[]) => everySocket(duplicate(...args), watch)) as typeof client.duplicate;
  return client;
}
