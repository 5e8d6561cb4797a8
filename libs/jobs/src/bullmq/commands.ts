import { type LuaScript, luaScript, type RedisConnection } from '@nestfleet/redis';
import { messageOf } from '@nestfleet/contracts';
import { JobsError } from '../errors.ts';
import { LUA } from '../lua.generated.ts';
import { runnableSince } from './runnable-since.ts';
import { type Claim, claimedInserts, type Insert } from './claimed-insert.ts';
import type { QueueKeys } from './keys.ts';

/** Of the memory of Redis: beyond it nothing is enqueued, so that workers have room to write what they make of the jobs. */
const ENQUEUE_UP_TO_SHARE = 0.85;
/**
 * From this share of the memory on completed jobs are kept for so long, milliseconds: below the first health is fine again, see
 * the memory watch of libs/redis; where nothing is enqueued any more, what has run makes room for what waits.
 */
const KEEP_AT_MOST = [
  { fromShare: 0.92, ms: 0 },
  { fromShare: ENQUEUE_UP_TO_SHARE, ms: 5_000 },
  { fromShare: 0.7, ms: 60_000 },
];

/** BullMQ's score of a delayed job has its time in ms, then 12 bits for the order of those of one ms. */
const DELAYED_SCORE_PER_MS = 0x1000;

/** BullMQ's score of a job with a priority has that, then 32 bits for the order of those of one priority. */
const SCORE_PER_PRIORITY = 2 ** 32;

const readJob = luaScript('read-job', LUA['read-job']);
const cancelJob = luaScript('cancel-job', LUA['cancel-job']);

type Values = readonly (string | number)[];

type WaitingKeys = Pick<QueueKeys, 'wait' | 'prioritized' | 'delayed' | 'meta'>;

export interface Waiting {
  readonly waiting: number;
  readonly isPaused: boolean;
  /** How many may run at once in all workers, where the queue has such a limit. */
  readonly concurrency: number | undefined;
  readonly isRateLimited: boolean;
}

export interface ActiveAndHeads {
  readonly active: number;
  /** In ms of Unix time; in the future of a delayed job. */
  readonly headsSinceMs: readonly number[];
}

export interface RunOptions {
  /** Doing it twice is as good as once: a lost answer is then `jobs_unavailable`. */
  readonly idempotent: boolean;
  /** For the error's text. */
  readonly what: string;
  /** One of the keys, where all are of one queue: its node alone has to be there. */
  readonly key?: string;
  /** As of a `run` of libs/redis. */
  readonly isOneCommand?: boolean;
}

/** Commands run on the connection that fails fast; every fault of Redis is a JobsError. */
export interface Commands {
  /** All commands of `work` have 500 ms together; the other methods are for inside of it. */
  run<T>(options: RunOptions, work: () => Promise<T>): Promise<T>;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** As `ping`, behind a small write; rejects while Redis refuses any on a connection of these jobs. */
  checkWrites(): Promise<number>;
  readJob(keys: readonly string[], args: Values): Promise<unknown>;
  cancelJob(keys: readonly string[], args: Values): Promise<unknown>;
  /** Whether the server that holds `key` has memory for a job of so many bytes. */
  hasRoom(key: string, bytes: number): boolean;
  /** How long completed jobs may be kept with the memory that that server has left, milliseconds. */
  keepAtMostMs(key: string): number;
  /** Inserts jobs of one queue within our claim. */
  inserts(common: Values): (insert: Insert, claim: Claim) => Promise<unknown>;
  /** How many jobs of a queue wait, delayed ones whose time has come too, and what keeps workers from them. */
  waiting(keys: WaitingKeys): Promise<Waiting>;
  /** How many jobs of a queue a worker could take now: none that is known of one that is paused or limited as a whole. */
  takeable(keys: WaitingKeys): Promise<number>;
  /** Of a queue's jobs those that run, and when the first of each list, and of the least urgent priority, could be run first. */
  activeAndHeads(
    keys: Pick<QueueKeys, 'active' | 'wait' | 'prioritized' | 'delayed' | 'jobs'>,
  ): Promise<ActiveAndHeads>;
  /** Members of a zset of times, newest first: of those that are no later than `atMostMs`, without the first `from`. */
  newest(
    key: string,
    limit: number,
    place?: { readonly from?: number; readonly atMostMs?: number },
  ): Promise<{ member: string; atMs: number }[]>;
}

export function createCommands(redis: RedisConnection): Commands {
  const alone =
    (script: LuaScript) =>
    (keys: readonly string[], args: Values): Promise<unknown> =>
      script.run(redis.client, keys, args);
  const run: Commands['run'] = (options, work) => withJobsErrors(options.what, () => redis.run(work, options));
  const waiting: Commands['waiting'] = ({ wait, prioritized, delayed, meta }) =>
    run({ idempotent: true, what: 'Jobs that wait', key: wait }, async () => {
      const { client: redisClient } = redis;
      const [first, second, due, [paused, concurrency, max]] = await Promise.all([
        redisClient.llen(wait),
        redisClient.zcard(prioritized),
        // By our clock, as BullMQ has it here: it moves them when a worker asks for a job.
        redisClient.zcount(delayed, '-inf', Date.now() * DELAYED_SCORE_PER_MS),
        redisClient.hmget(meta, 'paused', 'concurrency', 'max'),
      ]);
      return {
        waiting: first + second + due,
        isPaused: typeof paused === 'string',
        concurrency: typeof concurrency === 'string' ? Number(concurrency) : undefined,
        isRateLimited: typeof max === 'string',
      };
    });
  return {
    run,
    ping: () => withJobsErrors('Ping', () => redis.ping()),
    checkWrites: () => withJobsErrors('Check of writes', () => redis.checkWrites()),
    readJob: alone(readJob),
    cancelJob: alone(cancelJob),
    hasRoom: (key, bytes) => redis.hasRoom(key, bytes, ENQUEUE_UP_TO_SHARE),
    keepAtMostMs: (key) => KEEP_AT_MOST.find(({ fromShare }) => !redis.hasRoom(key, 0, fromShare))?.ms ?? Infinity,
    inserts: (common) => claimedInserts(redis, common),
    waiting,
    takeable: async (keys) => {
      const { waiting: count, isPaused, concurrency, isRateLimited } = await waiting(keys);
      return isPaused || concurrency !== undefined || isRateLimited ? 0 : count;
    },
    activeAndHeads: ({ active, wait, prioritized, delayed, jobs }) =>
      run({ idempotent: true, what: 'Heads of the lists of a queue', key: wait }, async () => {
        const { client: redisClient } = redis;
        const [running, first, [second], [, lastScore], [, score]] = await Promise.all([
          redisClient.llen(active),
          // BullMQ puts in on the left and takes from the right.
          redisClient.lindex(wait, -1),
          redisClient.zrange(prioritized, '0', '0'),
          redisClient.zrange(prioritized, '-1', '-1', 'WITHSCORES'),
          redisClient.zrange(delayed, '0', '0', 'WITHSCORES'),
        ]);
        const lowest = Math.floor(Number(lastScore ?? 0) / SCORE_PER_PRIORITY) * SCORE_PER_PRIORITY;
        const [third] = lowest === 0 ? [] : await redisClient.zrangebyscore(prioritized, lowest, '+inf', 'LIMIT', 0, 1);
        const ids = [...new Set([first, second, third])].filter((id) => typeof id === 'string');
        const heads = await Promise.all(ids.map((id) => redisClient.hmget(`${jobs}${id}`, 'timestamp', 'opts')));
        const dueMs = score === undefined ? undefined : Math.floor(Number(score) / DELAYED_SCORE_PER_MS);
        const headsSinceMs = [...heads.map(([timestamp, options]) => runnableSince(timestamp, options)), dueMs];
        return { active: running, headsSinceMs: headsSinceMs.filter((atMs) => atMs !== undefined) };
      }),
    async newest(key, limit, { from = 0, atMostMs = Infinity } = {}) {
      const newestMs = atMostMs === Infinity ? '+inf' : atMostMs;
      const flat = await redis.client.zrevrangebyscore(key, newestMs, '-inf', 'WITHSCORES', 'LIMIT', from, limit);
      const pairs = Array.from({ length: flat.length / 2 }, (_none, n) => flat.slice(2 * n, 2 * n + 2));
      return pairs.map(([member = '', score = '']) => ({ member, atMs: Number(score) }));
    },
  };
}

async function withJobsErrors<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asJobsError(error, what);
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

function asJobsError(error: unknown, what: string): unknown {
  switch (codeOf(error)) {
    case 'redis_unavailable':
      return new JobsError('jobs_unavailable', `${what}: ${messageOf(error)}`, { cause: error });
    case 'redis_writes_refused':
      return new JobsError('jobs_writes_refused', `${what}: Redis refuses writes: ${messageOf(error)}`, {
        cause: error,
      });
    case 'redis_memory_low':
      return new JobsError('jobs_memory_low', `${what}: ${messageOf(error)}`, { cause: error });
    case 'redis_outcome_unknown':
      return new JobsError('jobs_outcome_unknown', `${what}: ${messageOf(error)}`, { cause: error });
    default:
      return error;
  }
}
