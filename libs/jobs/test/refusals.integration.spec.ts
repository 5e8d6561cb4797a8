import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { defineQueue, type Jobs, silentLog } from '../src/index.ts';
import type { JobLog } from '../src/log.ts';
import { workerConnection } from '../src/bullmq/connection.ts';
import { linkTo, type RedisLink } from './redis-link.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

/** Without a second attempt, a failure that is none would stay. */
const once = defineQueue({ ...demo.descriptor, name: 'once', attempts: 1 });
const next = defineQueue({ ...demo.descriptor, name: 'next' });
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

type Admin = RedisConnection['client'];
/** How Redis is made to refuse, and to take again. */
const refusals: [name: string, refuse: (redis: Admin) => Promise<unknown>, take: (redis: Admin) => Promise<unknown>][] =
  [
    ['READONLY', (redis) => redis.call('REPLICAOF', '127.0.0.1', '1'), (redis) => redis.call('REPLICAOF', 'NO', 'ONE')],
    [
      'NOREPLICAS',
      (redis) => redis.call('CONFIG', 'SET', 'min-replicas-to-write', '1'),
      (redis) => redis.call('CONFIG', 'SET', 'min-replicas-to-write', '0'),
    ],
    // Not among those of an outage: whatever Redis answers, it is no fault of the job.
    [
      'NOPERM',
      (redis) => redis.call('ACL', 'SETUSER', 'default', '-@write'),
      (redis) => redis.call('ACL', 'SETUSER', 'default', '+@write'),
    ],
  ];
/** Some rounds of a consumer's back-off, in which all that it does is refused. */
const REFUSED_FOR_MS = 5_000;

const forAWhile = async () => {
  const untilMs = performance.now() + REFUSED_FOR_MS;
  await until(() => performance.now() > untilMs, WITHIN_MS);
};

/** A job that one of these workers runs until it is told to go on. */
async function begunOn(workers: readonly Jobs[], queue: typeof once) {
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const outcomes: string[] = [];
  let runs = 0;
  for (const worker of workers)
    worker.consume(
      queue,
      async ({ payload }) => {
        runs += 1;
        begun.resolve();
        await held.promise;
        return done(payload.job);
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
  const { id } = await workers[0]!.enqueue(queue, { job: 'x' });
  await begun.promise;
  return { id, go: held.resolve, outcomes, runs: () => runs };
}

describeWith('NESTFLEET_REDIS_SERVER', 'a consumer whom Redis refuses', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let server: RedisServer;
  let admin: RedisConnection;
  let jobs: Jobs;
  let lines: string[];
  let noting: JobLog;
  let link: RedisLink | undefined;

  beforeEach(async () => {
    namespace = ownNamespace();
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace });
    await admin.ready();
    lines = [];
    const note = (_fields: object, message: string) => void lines.push(message);
    noting = { ...silentLog, info: note, warn: note, error: note };
    jobs = open({ namespace, queues: [once], redisUrl: server.url, log: noting });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await link?.close();
    link = undefined;
    await admin?.close();
    await server?.stop();
  });

  const job = async (id: string) => (await jobs.find(id))?.job;
  const said = (word: RegExp) => lines.filter((line) => word.test(line)).length;

  it('whose fetch lacks a permission: a check of writes says so, until it may', async () => {
    jobs.consume(once, async ({ payload }) => done(payload.job));
    await jobs.checkWrites();
    await admin.client.call('ACL', 'SETUSER', 'default', '-rpoplpush', '-lmove');
    const refused = () =>
      jobs.checkWrites().then(
        () => undefined,
        (error: unknown) => error,
      );
    const { id } = await jobs.enqueue(once, { job: 'x' });
    expect(await until(refused, WITHIN_MS)).toMatchObject({ code: 'jobs_writes_refused', message: /NOPERM/ });
    await admin.client.call('ACL', 'SETUSER', 'default', '+@all');
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
  }, 60_000);

  it('knows the version on a connection of its own, too', async () => {
    const shared = workerConnection(admin);
    const own = shared.duplicate();
    const told = await Promise.all([shared.info(), own.info()]);
    for (const client of [own, shared]) client.disconnect();
    expect(told).toEqual(['redis_version:6.2.0', 'redis_version:6.2.0']);
  });

  it('before its first fetch: fetches as soon as it may', async () => {
    const worker = open({ namespace, queues: [once, next], redisUrl: server.url, log: noting });
    await worker.ready();
    worker.consume(next, async ({ payload }) => done(payload.job));
    const { id: known } = await worker.enqueue(next, { job: 'x' });
    await until(async () => (await worker.find(known))?.job.state === 'completed', WITHIN_MS);
    // The connection of all consumers stands; one that begins now asks on it, and on one of its own.
    await admin.client.call('ACL', 'SETUSER', 'default', '-info');
    worker.consume(once, async ({ payload }) => done(payload.job));
    await until(() => said(/Redis refuses/) > 0, WITHIN_MS);
    await admin.client.call('ACL', 'SETUSER', 'default', '+info');
    const { id } = await jobs.enqueue(once, { job: 'x' });
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    expect(said(/reports a fault/)).toBe(0);
  }, 60_000);

  it.each(refusals)(
    '%s: holds what is done until Redis takes it, and runs nothing twice',
    async (_name, refuse, take) => {
      const go = Promise.withResolvers<void>();
      const [ran, outcomes]: string[][] = [[], []];
      const consumer = jobs.consume(
        once,
        async ({ payload, progress }) => {
          ran?.push(payload.job);
          await go.promise;
          await progress(90);
          if (payload.job === 'bad') throw new Error('no luck');
          return done(payload.job);
        },
        { onSettled: ({ outcome }) => outcomes?.push(outcome) },
      );
      const good = await jobs.enqueue(once, { job: 'good' });
      const bad = await jobs.enqueue(once, { job: 'bad' });
      await until(() => ran?.length === 2, WITHIN_MS);
      await refuse(admin.client);
      go.resolve();
      await forAWhile();
      expect(outcomes).toEqual([]);
      expect(consumer.running).toBe(2);
      await take(admin.client);
      await until(async () => (await job(good.id))?.state === 'completed', WITHIN_MS);
      await until(() => outcomes?.length === 2, WITHIN_MS);
      expect(await job(good.id)).toMatchObject({ attempts: 1, result: done('good'), error: null });
      // Of the handler, not of Redis.
      expect(await job(bad.id)).toMatchObject({ attempts: 1, error: 'no luck' });
      expect(ran).toEqual(['good', 'bad']);
      expect(outcomes?.toSorted()).toEqual(['completed', 'failed']);
      await until(() => said(/^Redis takes what/) === 1, WITHIN_MS);
      expect([said(/^Redis refuses:/), said(/reports a fault/)]).toEqual([1, 0]);
    },
    60_000,
  );

  it('for longer than the visibility: takes the result all the same, as long as nobody has started the job', async () => {
    const single = defineQueue({ ...once.descriptor, name: 'single', concurrency: 1 });
    const worker = open({ namespace, queues: [single], redisUrl: server.url, visibilityMs: 1_000 });
    await worker.ready();
    const { id, go, outcomes, runs } = await begunOn([worker], single);
    await admin.client.call('CONFIG', 'SET', 'min-replicas-to-write', '1');
    go();
    await forAWhile();
    await admin.client.call('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await until(() => outcomes.length > 0, WITHIN_MS);
    expect((await worker.find(id))?.job).toMatchObject({ state: 'completed', attempts: 1, result: done('x') });
    expect([runs(), outcomes]).toEqual([1, ['completed']]);
  }, 60_000);

  it('for a little less than the visibility: no other worker runs the job', async () => {
    const visibilityMs = 3_000;
    const lasting = defineQueue({ ...once.descriptor, name: 'lasting' });
    const workers = [0, 1].map(() => open({ namespace, queues: [lasting], redisUrl: server.url, visibilityMs }));
    await Promise.all(workers.map((worker) => worker.ready()));
    const { go, outcomes, runs } = await begunOn(workers, lasting);
    for (let round = 0; round < 3; round += 1) {
      await admin.client.call('CONFIG', 'SET', 'min-replicas-to-write', '1');
      const untilMs = performance.now() + visibilityMs - 100;
      await until(() => performance.now() > untilMs, WITHIN_MS);
      await admin.client.call('CONFIG', 'SET', 'min-replicas-to-write', '0');
      const againMs = performance.now() + visibilityMs;
      await until(() => performance.now() > againMs, WITHIN_MS);
    }
    go();
    await until(() => outcomes.length > 0, WITHIN_MS);
    expect([runs(), outcomes]).toEqual([1, ['completed']]);
  }, 60_000);

  it('BUSY: lets no connection in, which is one line for all queues and all that is tried', async () => {
    const second = defineQueue({ ...once.descriptor, name: 'second' });
    link = await linkTo(server.url);
    const { url } = link;
    const made = () => link?.made ?? 0;
    const worker = open({ namespace, queues: [once, second], redisUrl: url, log: noting });
    await worker.ready();
    for (const queue of [once, second]) worker.consume(queue, async ({ payload }) => done(payload.job));
    // What a worker of BullMQ begins with must have been answered.
    const blocked = async () => Number(/blocked_clients:(\d+)/.exec(await admin.client.info('clients'))?.[1]);
    await until(async () => (await blocked()) === 2, WITHIN_MS);
    await admin.client.call('CONFIG', 'SET', 'lua-time-limit', '50');
    const busy = connectRedis({ url: server.url, namespace });
    await busy.ready();
    busy.client.eval('while true do end', 0).catch(() => undefined);
    const refusedPing = () =>
      admin.client.ping().then(
        () => false,
        (error: Error) => error.message.startsWith('BUSY'),
      );
    await until(refusedPing, WITHIN_MS);
    link?.end();
    const before = made();
    await until(() => made() >= before + 12, WITHIN_MS);
    await admin.client.call('SCRIPT', 'KILL');
    await busy.close();
    const ids = await Promise.all([once, second].map(async (queue) => (await jobsOf(queue)).id));
    for (const id of ids) await until(async () => (await worker.find(id))?.job.state === 'completed', WITHIN_MS);
    await until(() => said(/^Redis takes what/) === 1, WITHIN_MS);
    expect([said(/^Redis refuses:/), said(/reports a fault/)]).toEqual([1, 0]);
    // That it is, and why.
    expect(said(/^Redis is unreachable/)).toBeLessThanOrEqual(2);

    function jobsOf(queue: typeof once) {
      return until(() => worker.enqueue(queue, { job: 'x' }), WITHIN_MS);
    }
  }, 60_000);

  it('flows within 2 s after it was refused', async () => {
    // Long, so that only fetches are refused.
    const worker = open({ namespace, queues: [once], redisUrl: server.url, visibilityMs: 300_000, log: noting });
    await worker.ready();
    let ranMs = 0;
    worker.consume(once, async ({ payload }) => {
      ranMs = performance.now();
      return done(payload.job);
    });
    // Of scripts alone: health writes something too.
    const refused = async () => {
      const stats = await admin.client.info('commandstats');
      const found = stats.matchAll(/cmdstat_eval(?:sha)?:.*rejected_calls=(\d+),failed_calls=(\d+)/g);
      return [...found].reduce((sum, [, rejected, failed]) => sum + Number(rejected) + Number(failed), 0);
    };
    await admin.client.call('CONFIG', 'SET', 'maxmemory', '1');
    await until(() => said(/^Redis refuses:/) === 1, WITHIN_MS);
    const before = await refused();
    await until(async () => (await refused()) > before, WITHIN_MS);
    await admin.client.call('CONFIG', 'SET', 'maxmemory', '0');
    const startMs = performance.now();
    await jobs.enqueue(once, { job: 'x' });
    await until(() => ranMs > 0, WITHIN_MS);
    expect(ranMs - startMs).toBeLessThan(2_000);
  }, 60_000);

  it('asks for jobs at its own pace while it is idle, and goes on by itself', async () => {
    const ran: string[] = [];
    const ids = await Promise.all(
      Array.from({ length: 20 }, async (_none, n) => (await jobs.enqueue(once, { job: `${n}` })).id),
    );
    await admin.client.call('CONFIG', 'SET', 'maxmemory', '1');
    jobs.consume(once, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    await until(() => said(/^Redis refuses:/) === 1, WITHIN_MS);
    const calls = async () => Number(/total_commands_processed:(\d+)/.exec(await admin.client.info('stats'))?.[1]);
    const before = await calls();
    await forAWhile();
    // One fetch in 1 to 1.5 s, and what looks for stalled jobs; unbounded it is thousands.
    expect((await calls()) - before).toBeLessThan(100);
    expect([ran.length, said(/reports a fault/)]).toEqual([0, 0]);
    expect(lines.length).toBeLessThan(10);
    await admin.client.call('CONFIG', 'SET', 'maxmemory', '0');
    await until(async () => (await jobs.counts())['once']?.completed === ids.length, WITHIN_MS);
    expect(ran).toHaveLength(ids.length);
  }, 60_000);
});
