/** Real Redis servers for tests and tools: one server, a cluster, a set with Sentinels; free ports and `until`. */
export { freePort } from './testing/free-port.ts';
export { type RedisCluster, startRedisCluster } from './testing/redis-cluster.ts';
export { type RedisSentinels, startRedisSentinels } from './testing/redis-sentinels.ts';
export { type RedisServer, startRedisServer } from './testing/redis-server.ts';
