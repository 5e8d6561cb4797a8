const OF_WORKER = 'local timestamp = ARGV[2]';
const OF_REDIS =
  "local redisTime = redis.call('TIME') local timestamp = string.format('%.0f', redisTime[1] * 1000 + math.floor(redisTime[2] / 1000))";

/**
 * endsAtRedisTime makes BullMQ's script that ends a job note the time of Redis, by which it is kept: the clock of a worker may be
 * wrong, and then the job would be past its retention at once, or much later. Other scripts stay as they are.
 *
 * The same script takes the next job, and offers delayed ones that are due before: here by the time of Redis, where a worker that has
 * ended none asks by its own. When a job is due was noted by who delayed it (a producer, or the worker of a retry), by its clock. So a
 * job is begun once either clock is there, early by at most what the clocks differ; none is left, because a worker that gets none
 * waits by its own clock, and asks by it again.
 */
export const endsAtRedisTime = (source: string): string => source.replace(OF_WORKER, () => OF_REDIS);
