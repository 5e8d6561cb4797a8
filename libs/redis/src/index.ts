/**
 * Redis client that fails fast (circuit breaker, deadline and time budget per command) and reports when the outcome of a
 * command is unknown. Follows Sentinel failovers and cluster slots; keys have hash tags, atomic steps are Lua scripts.
 */
export { type RedisConnection, type RedisConnectionOptions, type RunOptions, connectRedis } from './connection.ts';
export { outsideBudget, remainingBudgetMs, withRedisBudget } from './budget.ts';
export {
  REDIS_ERRORS,
  RedisError,
  type RedisErrorCode,
  RedisMemoryLowError,
  RedisOutcomeUnknownError,
  RedisUnavailableError,
  RedisWritesRefusedError,
} from './errors.ts';
export { isForeignType, type LinkState, REDIS_FAULTS, type RedisFault, redisFault, replyError } from './faults.ts';
export { hashTagOf, type KeySpace, keySpace } from './key-space.ts';
export type { RedisClient } from './link.ts';
export type { RedisAccess } from './client-options.ts';
export type { RedisLog } from './log.ts';
export { type LuaArgument, type LuaScript, luaScript } from './lua-script.ts';
export { checkedScript, SCRIPT_COMMANDS } from './script-permissions.ts';
