import { checkedScript, type RedisConnection } from '@nestfleet/redis';
import { createIORedisClient, type IRedisClient } from 'bullmq';
import { knownVersion } from './known-version.ts';
import { endsAtRedisTime } from './redis-time.ts';

const SILENT_MS = 20_000;

/** BullMQ's view of a Redis client. */
export type BullConnection = IRedisClient;

/** The connection that fails fast, as BullMQ wants to see it. */
export const producerConnection = (redis: RedisConnection): BullConnection => createIORedisClient(redis.client);

/**
 * A worker waits for Redis as long as it takes: its commands queue up and are sent again, so no time-out per command
 * (a short one is for requests; a finished job's result must not be lost). A socket on which an awaited answer does not
 * come for 20 s, twice the longest blocking read, is dead and replaced. All scripts on it, those of BullMQ too, are
 * checked before they write: one that stopped half-way would leave a job in no list.
 */
export function workerConnection(redis: RedisConnection): BullConnection {
  const client = knownVersion(redis.retryingClient(SILENT_MS));
  const define = client.defineCommand.bind(client);
  client.defineCommand = (name, definition) =>
    define(name, { ...definition, lua: checkedScript(endsAtRedisTime(definition.lua)) });
  return createIORedisClient(client);
}
