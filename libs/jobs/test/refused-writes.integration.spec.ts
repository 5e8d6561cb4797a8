import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import type { Jobs } from '../src/index.ts';
import { demo, describeWith, flaky, openings, ownNamespace, primes, WITHIN_MS } from './servers.ts';

/** Long enough that what happens at each reply shows as hundreds. */
const REFUSED_FOR_MS = 4_000;
/** Each consumer waits on a socket of its own, and Redis closes those itself when it becomes a replica. */
const BLOCKED = 3;

const none = () => Promise.reject(new Error('it fails'));

describeWith('NESTFLEET_REDIS_SERVER', 'workers of a Redis that refuses writes', () => {
  const { open, closeAll } = openings();
  let server: RedisServer;
  let admin: RedisConnection;
  let jobs: Jobs;
  let lines: { readonly event?: string; readonly message: string }[];

  beforeEach(async () => {
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
    lines = [];
    const write = (fields: object, message: string) => void lines.push({ ...fields, message });
    const log = { debug: write, info: write, warn: write, error: write };
    jobs = open({ namespace: ownNamespace(), redisUrl: server.url, log });
    jobs.consume(demo, none);
    jobs.consume(primes, none);
    jobs.consume(flaky, none);
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
    await server?.stop();
  });

  /** Idle ones find out by what comes, whose enqueue is refused too. */
  const wake = () => jobs.enqueue(demo, { job: 'x' }).catch(() => undefined);
  const info = async (name: string) =>
    Number(new RegExp(`${name}:(\\d+)`).exec(await admin.client.info())?.[1] ?? Number.NaN);
  const eventsOf = () => lines.flatMap(({ event }) => (event?.startsWith('redis.') === true ? [event] : []));

  it.each([
    ['a replica', () => admin.client.replicaof('127.0.0.1', 1), () => admin.client.replicaof('NO', 'ONE')],
    ['full', () => admin.client.config('SET', 'maxmemory', '1'), () => admin.client.config('SET', 'maxmemory', '0')],
  ])(
    '%s: neither connect nor ask nor log at each refusal, and go on',
    async (_what, refuse, heal) => {
      await until(async () => (await info('blocked_clients')) === BLOCKED, WITHIN_MS);
      await refuse();
      const startMs = performance.now();
      await until(async () => {
        await wake();
        return eventsOf().includes('redis.refuses');
      }, WITHIN_MS);
      const before = { connections: await info('total_connections_received'), lines: lines.length };
      await until(() => performance.now() - startMs > REFUSED_FOR_MS, WITHIN_MS);
      const seconds = (performance.now() - startMs) / 1_000;
      expect((await info('total_connections_received')) - before.connections).toBeLessThanOrEqual(seconds + BLOCKED);
      // What a consumer says itself of a refusal comes at most once a second from each of its two loops.
      expect(lines.length - before.lines).toBeLessThanOrEqual(seconds * 6);
      await heal();
      await until(() => eventsOf().includes('redis.accepts'), WITHIN_MS);
      expect(eventsOf().filter((event) => !/^redis\.(durability|memory)_/.test(event))).toEqual([
        'redis.up',
        'redis.refuses',
        'redis.accepts',
      ]);
      const { id } = await until(() => jobs.enqueue(flaky, {}), WITHIN_MS);
      await until(async () => ((await jobs.find(id))?.job.attempts ?? 0) > 0, WITHIN_MS);
    },
    60_000,
  );
});
