export { type RedisConnection, type RedisConnectionOptions, type RunOptions, connectRedis } from './connection.ts';
export { outsideBudget, remainingBudgetMs, withRedisBudget } from './budget.ts';
export {
  REDIS_ERRORS,
  RedisError,
  type RedisErrorCode,
  RedisOutcomeUnknownError,
  RedisUnavailableError,
} from './errors.ts';
export { type KeySpace, hashTagOf, keySpace, requireOneHashTag } from './key-space.ts';
export type { RedisAccess } from './client-options.ts';
export type { RedisClient } from './link.ts';
export type { RedisLog } from './log.ts';
export { type LuaScript, luaScript } from './lua-script.ts';
export { type RedisAddress, redisAddress } from './address.ts';
