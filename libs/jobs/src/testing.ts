/** Runs a job handler without Redis, for unit tests, keeps its effects in memory, and starts real Redis servers. */
export { startRedisCluster, startRedisSentinels, startRedisServer } from '@nestfleet/redis/testing';
export { type MemoryEffects, memoryEffects } from './testing/memory-effects.ts';
export { runHandler, type RunHandlerOptions } from './testing/run-handler.ts';
