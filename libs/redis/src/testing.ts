/** Real Redis servers for tests and tools: one server, a cluster, a set with Sentinels; free ports and `until`. */
export type { AdminOptions } from './testing/admin.ts';
export { freePort } from './testing/free-port.ts';
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './testing/redis-cluster.ts';
export { type RedisSentinels, type RedisSentinelsOptions, startRedisSentinels } from './testing/redis-sentinels.ts';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './testing/redis-server.ts';
export type { ServerTls } from './testing/server-tls.ts';
