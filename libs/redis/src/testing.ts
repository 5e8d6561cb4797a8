export { freePort } from './testing/free-port.ts';
export { type RedisCluster, type RedisClusterOptions, startRedisCluster } from './testing/redis-cluster.ts';
export { type RedisSentinels, type RedisSentinelsOptions, startRedisSentinels } from './testing/redis-sentinels.ts';
export {
  type RedisServer,
  type RedisServerOptions,
  redisServerBinary,
  startRedisServer,
} from './testing/redis-server.ts';
export type { ServerTls } from './testing/server-tls.ts';
export { until } from './testing/until.ts';
