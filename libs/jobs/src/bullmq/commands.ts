import { type LuaScript, luaScript, type RedisConnection, withRedisBudget } from '@nestfleet/redis';
import type { IRedisTransaction } from 'bullmq';
import { messageOf } from '@nestfleet/contracts';
import { JobsError } from '../errors.ts';
import { LUA } from '../lua.generated.ts';
import { repliesOf } from './exec-replies.ts';
import type { BullConnection } from './connection.ts';
import type { QueueKeys } from './keys.ts';
import { transactionScripts } from './transaction-scripts.ts';

/** Over all commands of one call. */
const BUDGET_MS = 500;
const CLAIM_KEYS = 5;

const readJob = luaScript('read-job', LUA['read-job']);
const cancelJob = luaScript('cancel-job', LUA['cancel-job']);

type Values = readonly (string | number)[];

export interface RunOptions {
  /** Doing it twice is as good as once: a lost answer is then `jobs_unavailable`. */
  readonly idempotent: boolean;
  /** For the error's text. */
  readonly what: string;
  /** One of the keys, where all are of one queue: its node alone has to be there. */
  readonly key?: string;
}

/** Commands run on the connection that fails fast; every fault of Redis is a JobsError. */
export interface Commands {
  /** All commands of `work` share one budget of 500 ms; the other methods are for inside of it. */
  run<T>(options: RunOptions, work: () => Promise<T>): Promise<T>;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  readJob(keys: readonly string[], args: Values): Promise<unknown>;
  cancelJob(keys: readonly string[], args: Values): Promise<unknown>;
  /** Adds the script to a transaction: BullMQ's insert has to run in the same one. */
  claimJob(multi: IRedisTransaction, keys: readonly string[], args: Values): void;
  /**
   * One MULTI in one round trip, on the node of `key`; its replies in order. Its last command is what it is about: where that did
   * not run, what ran before it decides nothing, and may run again.
   */
  transaction(key: string, fill: (multi: IRedisTransaction) => Promise<void>): Promise<unknown[]>;
  /** How many jobs of a queue a worker could take now: none that is known of one that is paused or limited as a whole. */
  takeable(keys: Pick<QueueKeys, 'wait' | 'prioritized' | 'meta'>): Promise<number>;
  /** Members of a zset of times, newest first, without the first `from`. */
  newest(key: string, limit: number, from?: number): Promise<{ member: string; atMs: number }[]>;
}

export function createCommands(redis: RedisConnection, client: BullConnection): Commands {
  client.defineCommand('claimJob', { lua: LUA['claim-job'], numberOfKeys: CLAIM_KEYS });
  const scripts = transactionScripts(redis);
  const alone =
    (script: LuaScript) =>
    (keys: readonly string[], args: Values): Promise<unknown> =>
      script.run(redis.client, keys, args);
  const run: Commands['run'] = ({ what, ...options }, work) =>
    withJobsErrors(what, () => withRedisBudget(BUDGET_MS, () => redis.run(work, options)));
  return {
    run,
    ping: () => withJobsErrors('Ping', () => redis.ping()),
    readJob: alone(readJob),
    cancelJob: alone(cancelJob),
    claimJob(multi, keys, args) {
      multi.runCommand('claimJob', [...keys, ...args]);
    },
    transaction: (key, fill) =>
      scripts.runLoaded(key, async () => {
        const multi = client.multi();
        await fill(multi);
        return repliesOf((await multi.exec()) ?? []);
      }),
    takeable: ({ wait, prioritized, meta }) =>
      run({ idempotent: true, what: 'Jobs that wait', key: wait }, async () => {
        const { client: redisClient } = redis;
        const [first, second, keptBack] = await Promise.all([
          redisClient.llen(wait),
          redisClient.zcard(prioritized),
          redisClient.hmget(meta, 'paused', 'concurrency', 'max'),
        ]);
        return keptBack.every((setting) => setting === null) ? first + second : 0;
      }),
    async newest(key, limit, from = 0) {
      const flat = await redis.client.zrevrange(key, from, from + limit - 1, 'WITHSCORES');
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
    case 'redis_outcome_unknown':
      return new JobsError('jobs_outcome_unknown', `${what}: ${messageOf(error)}`, { cause: error });
    default:
      return error;
  }
}
