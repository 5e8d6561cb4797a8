export { freePort } from './testing/free-port.ts';
export {
  type RedisServer,
  type RedisServerOptions,
  redisServerBinary,
  startRedisServer,
} from './testing/redis-server.ts';
export { until } from './testing/until.ts';
