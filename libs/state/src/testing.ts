/** Test doubles and servers: the state in memory, and real Redis servers. */
export { startRedisCluster, startRedisSentinels, startRedisServer } from '@nestfleet/redis/testing';
export { type MemoryStateOptions, openMemoryState } from './testing/memory-state.ts';
