import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { queueKeys } from '../src/bullmq/keys.ts';
import { desiredWorkers, type Jobs } from '../src/index.ts';
import { demo, describeWith, openings, ownNamespace, WITHIN_MS } from './servers.ts';

describeWith('REDIS_URL', 'the backlog of a queue', () => {
  const { open, closeAll } = openings();
  const { concurrency } = demo.descriptor;
  let namespace: string;
  let jobs: Jobs;
  let admin: RedisConnection;

  beforeEach(async () => {
    namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    jobs = open({ namespace });
    await Promise.all([admin.ready(), jobs.ready()]);
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  it('is nothing at first, and of an unknown queue an error', async () => {
    expect(await jobs.backlog(demo)).toEqual({ takeable: 0, active: 0, waitsSinceMs: undefined });
    await expect(jobs.backlog({ name: 'other' })).rejects.toMatchObject({ code: 'unknown_queue' });
  });

  it('is what no worker is there for: jobs that wait, of any priority, and delayed ones once their time has come', async () => {
    const beforeMs = Date.now();
    await jobs.enqueue(demo, { job: 'first' });
    const afterMs = Date.now();
    await jobs.enqueue(demo, { job: 'less urgent' }, { priority: 7 });
    await jobs.enqueue(demo, { job: 'tomorrow' }, { delayMs: 86_400_000 });
    await jobs.enqueue(demo, { job: 'soon' }, { delayMs: 1 });
    expect(await until(async () => (await jobs.backlog(demo)).takeable === 3, WITHIN_MS)).toBe(true);
    const { active, waitsSinceMs = 0 } = await jobs.backlog(demo);
    expect(active).toBe(0);
    expect(waitsSinceMs).toBeGreaterThanOrEqual(beforeMs);
    expect(waitsSinceMs).toBeLessThanOrEqual(afterMs);
  });

  it('waits for nothing where all is delayed', async () => {
    await jobs.enqueue(demo, { job: 'tomorrow' }, { delayMs: 86_400_000 });
    expect(await jobs.backlog(demo)).toEqual({ takeable: 0, active: 0, waitsSinceMs: undefined });
  });

  it('is nothing that a worker could take of a queue that is paused', async () => {
    await jobs.enqueue(demo, { job: 'first' });
    await admin.client.hset(queueKeys(namespace, demo.name).meta, 'paused', 1);
    expect(await jobs.backlog(demo)).toEqual({ takeable: 0, active: 0, waitsSinceMs: undefined });
  });

  it('is what a concurrency over all workers lets run, and all where the rate alone is limited', async () => {
    const { meta, active } = queueKeys(namespace, demo.name);
    for (let n = 0; n < 5; n += 1) await jobs.enqueue(demo, { job: `n-${n}` });
    await admin.client.hset(meta, 'max', 1, 'duration', 1_000);
    expect(await jobs.backlog(demo)).toMatchObject({ takeable: 5, active: 0 });
    await admin.client.hset(meta, 'concurrency', 3);
    expect(await jobs.backlog(demo)).toMatchObject({ takeable: 3, active: 0 });
    await admin.client.rpush(active, 'x', 'y', 'z', 'before the limit was set');
    expect(await jobs.backlog(demo)).toMatchObject({ takeable: 0, active: 4, waitsSinceMs: expect.any(Number) });
  });

  it('waits as long as the next of the least urgent, which more urgent ones overtake', async () => {
    const beforeMs = Date.now();
    await jobs.enqueue(demo, { job: 'overtaken' }, { priority: 7 });
    const afterMs = Date.now();
    await until(() => Date.now() > afterMs, WITHIN_MS);
    await jobs.enqueue(demo, { job: 'overtaken too' }, { priority: 7 });
    await jobs.enqueue(demo, { job: 'urgent' }, { priority: 1 });
    const { waitsSinceMs = 0 } = await jobs.backlog(demo);
    expect(waitsSinceMs).toBeGreaterThanOrEqual(beforeMs);
    expect(waitsSinceMs).toBeLessThanOrEqual(afterMs);
  });

  it('has the jobs that run, so that their worker is wanted until they have ended', async () => {
    const { promise: isOver, resolve: end } = Promise.withResolvers<void>();
    const consumer = open({ namespace }).consume(demo, async ({ payload }) => {
      await isOver;
      return { job: payload.job, value_key: 'k', written: 'w' };
    });
    for (let n = 0; n <= concurrency; n += 1) await jobs.enqueue(demo, { job: `n-${n}` });
    const isFull = async (): Promise<boolean> => (await jobs.backlog(demo)).active === concurrency;
    expect(await until(isFull, WITHIN_MS)).toBe(true);
    const full = await jobs.backlog(demo);
    expect(full).toMatchObject({ takeable: 1, active: concurrency });
    expect(desiredWorkers(demo, full)).toBe(2);
    end();
    const isDone = async (): Promise<boolean> => desiredWorkers(demo, await jobs.backlog(demo)) === 0;
    expect(await until(isDone, WITHIN_MS)).toBe(true);
    await consumer.close(1_000);
  });
});
