export { startRedisCluster, startRedisSentinels, startRedisServer } from '@nestfleet/redis/testing';
export type { StateCase, StateUnderTest } from './testing/case.ts';
export { stateCases } from './testing/state-cases.ts';
