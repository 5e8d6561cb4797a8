import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import type { Consumer, Jobs } from '../src/index.ts';
import { linkTo, type RedisLink } from './redis-link.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

describeWith('REDIS_URL', 'a consumer whose connections lose things', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let admin: RedisConnection;
  let link: RedisLink;
  let jobs: Jobs;
  let worker: Jobs;
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;

  beforeEach(async () => {
    namespace = ownNamespace();
    admin = connectRedis({ url: redisUrl, namespace });
    link = await linkTo(redisUrl);
    jobs = open({ namespace });
    // Long, so that nothing else than jobs is asked for.
    worker = open({ namespace, redisUrl: link.url, visibilityMs: 300_000 });
    await Promise.all([admin.ready(), jobs.ready(), worker.ready()]);
  });
  afterEach(async () => {
    await closeAll();
    await link?.close();
    await admin?.close();
  });

  it.each(['completed', 'failed'] as const)(
    'one that has %s is told as that though the answer was lost',
    async (end) => {
      const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const outcomes: string[] = [];
      worker.consume(
        demo,
        async ({ payload }) => {
          begun.resolve();
          await go.promise;
          if (end === 'failed') throw Object.assign(new Error('no luck'), { name: 'UnrecoverableError' });
          return done(payload.job);
        },
        { onSettled: ({ outcome }) => outcomes.push(outcome) },
      );
      const { id } = await jobs.enqueue(demo, { job: 'x' });
      await begun.promise;
      link.mute();
      go.resolve();
      await until(async () => (await stateOf(id)) === end, WITHIN_MS);
      expect(outcomes).toEqual([]);
      link.reset();
      await until(() => outcomes.length > 0, WITHIN_MS);
      expect(outcomes).toEqual([end]);
    },
  );

  it('is connected anew when jobs wait, it could take them and none comes', async () => {
    const ran: string[] = [];
    const faults: (string | undefined)[] = [];
    // Those of an enqueue, by which it knows that jobs wait.
    const others = link.open();
    const consumer: Consumer = worker.consume(
      demo,
      async ({ payload }) => {
        ran.push(payload.job);
        return done(payload.job);
      },
      { onRebuilt: () => faults.push(consumer.fault) },
    );
    const before = await jobs.enqueue(demo, { job: 'before' });
    await until(async () => (await stateOf(before.id)) === 'completed', WITHIN_MS);
    // Until nothing but the blocking command is under way: a connection that waits for another answer is made anew by itself, a
    // second before the watchdog looks.
    const isBlocked = (clients: string) =>
      link.ports(others).some((port) => new RegExp(`addr=\\S+:${port} .* flags=\\w*b`).test(clients));
    await until(async () => isBlocked(String(await admin.client.client('LIST'))), WITHIN_MS);
    expect(consumer.running).toBe(0);
    expect(consumer.fault).toBeUndefined();
    link.strand(others);
    const { id } = await jobs.enqueue(demo, { job: 'after' });
    await until(async () => (await stateOf(id)) === 'completed', 60_000);
    expect(ran).toEqual(['before', 'after']);
    expect(faults).toEqual([expect.stringMatching(/^demo: jobs wait and none was fetched for 15 s/)]);
    expect(consumer.fault).toBeUndefined();
  }, 90_000);

  it('what Redis takes no result of fails once, with words', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const outcomes: string[] = [];
    worker.consume(
      demo,
      async ({ payload }) => {
        begun.resolve();
        await go.promise;
        return done(payload.job);
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
    await jobs.enqueue(demo, { job: 'x' }, { id: 'x' });
    await begun.promise;
    // As a job of BullMQ's own that waits for others.
    await admin.client.sadd(`{${namespace}:demo}:demo:j-x:dependencies`, 'y');
    go.resolve();
    await until(() => outcomes.length > 0, WITHIN_MS);
    expect(outcomes).toEqual(['failed']);
    expect((await jobs.find('demo.x'))?.job).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('dependencies') as unknown,
    });
  });
});
