export { startRedisCluster, startRedisSentinels, startRedisServer } from '@nestfleet/redis/testing';
export { openMemoryState } from './testing/memory-state.ts';
