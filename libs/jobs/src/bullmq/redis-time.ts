const OF_WORKER = 'local timestamp = ARGV[2]';
const OF_REDIS =
  "local redisTime = redis.call('TIME') local timestamp = string.format('%.0f', redisTime[1] * 1000 + math.floor(redisTime[2] / 1000))";

/**
 * endsAtRedisTime makes BullMQ's script that ends a job note the time of Redis, by which it is kept: the clock of a worker may be
 * wrong, and then the job would be past its retention at once, or much later. Other scripts stay as they are.
 */
export const endsAtRedisTime = (source: string): string => source.replace(OF_WORKER, () => OF_REDIS);
