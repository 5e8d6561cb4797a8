import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { defineQueue, JobsError, type Jobs } from '../src/index.ts';
import { demo as contracted, describeWith, openings, ownNamespace } from './servers.ts';

const WITHIN_MS = 60_000;
/** Beside what an empty Redis uses: of small jobs, with their events, some thousands fit. */
const MORE_BYTES = 12 * 1_048_576;
const WAITING_AT_LEAST = 4_000;
const AT_ONCE = 20;
const done = { job: 'x', value_key: 'k', written: 'w' };

/** What has run goes soon, so that nobody has to wait for the minute that results are kept while memory is low. */
const demo = defineQueue({ ...contracted.descriptor, keepCompletedMs: 2_000 });
const small = defineQueue({ ...demo.descriptor, name: 'small', backlogMax: 5 });
const codeOf = (error: unknown): string => (error instanceof JobsError ? error.code : String(error));
const attempt = (work: Promise<unknown>) => work.then(() => 'done', codeOf);

describeWith('NESTFLEET_REDIS_SERVER', 'the bounds of an enqueue', () => {
  const { open, closeAll } = openings();
  let server: RedisServer;
  let admin: RedisConnection;
  let jobs: Jobs;
  let events: string[];

  beforeEach(async () => {
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
    events = [];
    const note = (fields: object) => void ('event' in fields && events.push(String(fields.event)));
    const log = { debug: note, info: note, warn: note, error: note };
    jobs = open({ namespace: ownNamespace(), queues: [demo, small], redisUrl: server.url, log });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
    await server?.stop();
  });

  const counts = async (name: string) => (await jobs.counts())[name];
  const memory = async (field: string) =>
    Number(new RegExp(`${field}:(\\d+)`).exec(await admin.client.info('memory'))?.[1]);
  const usedShare = async () => (await memory('used_memory')) / (await memory('maxmemory'));

  it('a backlog as long as its queue allows: refused, whatever its jobs wait for, and taken as soon as one has begun', async () => {
    const made = await Promise.all(
      Array.from({ length: 8 }, (_none, n) => attempt(jobs.enqueue(small, { job: 'x' }, { id: `j${n}` }))),
    );
    expect(made.toSorted()).toEqual([...Array<string>(5).fill('done'), ...Array<string>(3).fill('queue_full')]);
    expect(await counts('small')).toMatchObject({ waiting: 5 });
    await expect(jobs.enqueue(small, { job: 'x' })).rejects.toMatchObject({ status: 503 });
    // What is there already is no new job, and another queue has a backlog of its own.
    const there = await jobs.enqueue(small, { job: 'x' }, { id: `j${made.indexOf('done')}` });
    expect(there.outcome).toBe('existing');
    expect(await attempt(jobs.enqueue(demo, { job: 'x' }))).toBe('done');
    const key = (state: string) => `${there.id.split('.')[0]}:${state}`;
    const [wait = ''] = await admin.client.keys(`*${key('wait')}`);
    const last = (await admin.client.rpop(wait)) ?? '';
    await admin.client.zadd(wait.replace(/wait$/, 'delayed'), 0x1000 * (Date.now() + 60_000), last);
    expect(await attempt(jobs.enqueue(small, { job: 'x' }))).toBe('queue_full');
    const go = Promise.withResolvers<void>();
    jobs.consume(small, async () => {
      await go.promise;
      return done;
    });
    await until(async () => (await counts('small'))?.active === 4, WITHIN_MS);
    expect(await attempt(jobs.enqueue(small, { job: 'x' }))).toBe('done');
    go.resolve();
  });

  it('memory: refused before Redis is full, so that workers drain all that waits without anybody’s help', async () => {
    await admin.client.config('SET', 'maxmemory', (await memory('used_memory')) + MORE_BYTES);
    const first = await jobs.enqueue(demo, { job: 'x' }, { idempotencyToken: 'first' });
    const fill = async (): Promise<string> => {
      for (;;) {
        const outcome = await attempt(jobs.enqueue(demo, { job: 'x'.repeat(100) }));
        if (outcome !== 'done') return outcome;
      }
    };
    // What was granted is a little more than what was written, so that a look gives some room again.
    const ends = new Set<string>();
    await until(async () => {
      for (const end of await Promise.all(Array.from({ length: AT_ONCE }, fill))) ends.add(end);
      return ends.size > 1 || (await usedShare()) > 0.845;
    }, WITHIN_MS);
    expect([...ends]).toEqual(['jobs_memory_low']);
    expect(await usedShare()).toBeLessThan(0.9);
    // The look that the last refusal began may have given room for some more.
    const refusal = async (): Promise<unknown> => {
      for (;;) {
        const refused = await jobs.enqueue(demo, { job: 'x'.repeat(200) }).catch((error: unknown) => error);
        if (refused instanceof Error) return refused;
      }
    };
    expect(await refusal()).toMatchObject({ code: 'jobs_memory_low', status: 503 });
    const waiting = (await counts('demo'))?.waiting ?? 0;
    expect(waiting).toBeGreaterThan(WAITING_AT_LEAST);
    // What was enqueued before is told all the same.
    expect(await jobs.enqueue(demo, { job: 'x' }, { idempotencyToken: 'first' })).toEqual({
      id: first.id,
      outcome: 'existing',
    });
    await expect(admin.checkWrites()).rejects.toMatchObject({
      code: 'redis_memory_low',
      message: expect.stringMatching(/8\d % of maxmemory/),
    });

    let ran = 0;
    jobs.consume(demo, async ({ payload }) => {
      ran += 1;
      return { ...done, job: payload.job };
    });
    await until(async () => {
      const { waiting: left, active } = (await counts('demo')) ?? {};
      return left === 0 && active === 0;
    }, WITHIN_MS);
    expect(ran).toBe(waiting);
    await until(async () => (await attempt(jobs.enqueue(small, { job: 'x' }))) === 'done', WITHIN_MS);
    await until(() => admin.checkWrites().then(() => true), WITHIN_MS);
    await until(() => aboutMemory(events).at(-1) === 'redis.memory_fine', WITHIN_MS);
    expect(aboutMemory(events)[0]).toBe('redis.memory_low');
  }, 120_000);
});

const aboutMemory = (events: readonly string[]): string[] => events.filter((event) => event.startsWith('redis.memory'));
