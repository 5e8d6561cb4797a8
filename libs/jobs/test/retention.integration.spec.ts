import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, describeWith, openings, ownNamespace } from './servers.ts';

const queue = defineQueue({
  name: 'kept',
  version: 1,
  payload: z.strictObject({ fails: z.boolean() }),
  result: z.string(),
  attempts: 1,
  backoffMs: 1,
  concurrency: 50,
});
const short = defineQueue({ ...queue.descriptor, keepCompletedMs: 1_500, keepFailedMs: 1_500 });
const few = defineQueue({ ...queue.descriptor, keepCompletedMs: 10_000, keepMax: 3 });

const HOUR_MS = 3_600_000;

const counts = async (jobs: Jobs) => (await jobs.counts())['kept'];

/** The clock of this process, and so of its workers, is that far ahead from now on. */
function ahead(ms: number): void {
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + ms);
}

describeWith('REDIS_URL', 'how long jobs are kept', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let redis: RedisConnection;
  const key = (rest: string): string => `{${namespace}:kept}:${rest}`;

  beforeEach(async () => {
    namespace = ownNamespace();
    redis = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    await redis.ready();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await closeAll();
    await redis?.close();
  });

  async function opened(which = queue): Promise<Jobs> {
    const jobs = open({ namespace, queues: [which] });
    await jobs.ready();
    jobs.consume(which, async ({ payload }) => {
      if (payload.fails) throw new Error('no');
      return 'done';
    });
    return jobs;
  }
  const isGone = async (id: string) => (await redis.client.exists(key(`kept:j-${id.slice('kept.'.length)}`))) === 0;

  it('is not for others to say: a result outlives 1,200 jobs that end after it', async () => {
    const jobs = await opened();
    const { id } = await jobs.enqueue(queue, { fails: false }, { owner: 'me' });
    await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    for (let n = 0; n < 24; n += 1)
      await Promise.all(Array.from({ length: 50 }, () => jobs.enqueue(queue, { fails: n % 2 === 0 })));
    await until(
      async () => ((await counts(jobs))?.waiting ?? 1) + ((await counts(jobs))?.active ?? 1) === 0,
      WITHIN_MS,
    );
    expect((await jobs.find(id))?.job.result).toBe('done');
    expect(await counts(jobs)).toMatchObject({ completed: 601, failed: 600 });
  }, 60_000);

  it('ends on a queue where nothing else happens: gone, remembered for a day, then unknown', async () => {
    const jobs = await opened(short);
    const done = await jobs.enqueue(short, { fails: false }, { owner: 'me' });
    const failed = await jobs.enqueue(short, { fails: true });
    await until(async () => (await counts(jobs))?.failed === 1 && (await counts(jobs))?.completed === 1, WITHIN_MS);
    expect(await jobs.expired(done.id)).toBeUndefined();
    for (const { id } of [done, failed]) await until(() => isGone(id), WITHIN_MS);
    expect(await jobs.find(done.id)).toBeUndefined();
    expect(await jobs.expired(done.id)).toEqual({ owner: 'me' });
    expect(await jobs.expired(failed.id)).toEqual({ owner: null });
    expect(await counts(jobs)).toMatchObject({ completed: 0, failed: 0 });
    expect(await jobs.list('me', 10)).toEqual([]);
    for (const memory of ['ledger:removed', 'ledger:removed-owners'])
      expect(await redis.client.pttl(key(memory))).toBeGreaterThan(23 * 3_600_000);

    await redis.client.zadd(key('ledger:removed'), Date.now() - 86_401_000, `j-${done.id.slice('kept.'.length)}`);
    expect(await jobs.expired(done.id)).toBeUndefined();
    await until(async () => (await redis.client.hlen(key('ledger:removed-owners'))) === 1, WITHIN_MS);
    expect(await jobs.expired(failed.id)).toEqual({ owner: null });
  });

  it('is over on time, also where no worker removes it', async () => {
    const jobs = open({ namespace, queues: [short] });
    await jobs.ready();
    const consumer = jobs.consume(short, async () => 'done');
    const { id } = await jobs.enqueue(short, { fails: false }, { owner: 'me' });
    await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    await consumer.close(1_000);
    await until(async () => (await jobs.find(id)) === undefined, WITHIN_MS);
    expect(await jobs.expired(id)).toEqual({ owner: 'me' });
    expect(await isGone(id)).toBe(false);
  });

  it('is counted by the clock of Redis, whatever that of a worker says', async () => {
    ahead(-2 * HOUR_MS);
    const jobs = await opened();
    for (const state of ['completed', 'failed']) {
      const { id } = await jobs.enqueue(queue, { fails: state === 'failed' }, { id: state });
      await until(async () => (await jobs.find(id))?.job.state === state, WITHIN_MS);
      const endedMs = Number(await redis.client.zscore(key(`kept:${state}`), `j-${state}`));
      expect(Math.abs(Date.now() + 2 * HOUR_MS - endedMs)).toBeLessThan(HOUR_MS);
    }
  });

  it('is counted by the clock of Redis for cancelled jobs, too', async () => {
    const jobs = open({ namespace, queues: [queue] });
    await jobs.ready();
    const cancelled = async () => {
      const { id } = await jobs.enqueue(queue, { fails: false });
      expect(await jobs.cancel(id)).toBe('cancelled');
      return id;
    };
    const first = await cancelled();
    ahead(25 * HOUR_MS);
    await cancelled();
    expect((await jobs.find(first))?.job.state).toBe('cancelled');
  });

  it('is over on time also for a retry, which puts back any other job that has failed', async () => {
    const jobs = open({ namespace, queues: [queue] });
    await jobs.ready();
    const consumer = jobs.consume(queue, () => Promise.reject(new Error('no')));
    const { id } = await jobs.enqueue(queue, { fails: true }, { id: 'x' });
    const failedAtMs = async () => Number(await redis.client.zscore(key('kept:failed'), 'j-x'));
    const atMs = await until(failedAtMs, WITHIN_MS);
    await consumer.close(1_000);
    await redis.client.zadd(key('kept:failed'), atMs - 8 * 86_400_000, 'j-x');
    await expect(jobs.retry(id)).rejects.toMatchObject({ code: 'job_expired' });
    expect(await failedAtMs()).toBeLessThan(atMs);
    await redis.client.zadd(key('kept:failed'), atMs, 'j-x');
    await jobs.retry(id);
    expect((await jobs.find(id))?.job.state).toBe('waiting');
  });

  it('ends before its time where there are more than `keepMax`, the oldest first', async () => {
    const jobs = await opened(few);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { id } = await jobs.enqueue(few, { fails: false });
      ids.push(id);
      await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    }
    await until(async () => (await counts(jobs))?.completed === 3, WITHIN_MS);
    expect(await Promise.all(ids.map(async (id) => (await jobs.expired(id)) !== undefined))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('leaves its own id taken where it was removed before its time', async () => {
    const jobs = await opened(few);
    for (const id of ['first', 'a', 'b', 'c']) {
      await jobs.enqueue(few, { fails: false }, { id });
      await until(async () => (await jobs.find(`kept.${id}`))?.job.state === 'completed', WITHIN_MS);
    }
    await until(() => isGone('kept.first'), WITHIN_MS);
    const again = () => jobs.enqueue(few, { fails: false }, { id: 'first' });
    expect(await again()).toEqual({ id: 'kept.first', outcome: 'existing' });
    await redis.client.zadd(key('ledger:removed'), Date.now() - 10_001, 'j-first');
    expect(await again()).toMatchObject({ outcome: 'created' });
  });

  it('forgets that an id was removed once it is another job’s', async () => {
    const jobs = await opened(few);
    for (const id of ['first', 'a', 'b', 'c']) {
      await jobs.enqueue(few, { fails: false }, { id, owner: 'before' });
      await until(async () => (await jobs.find(`kept.${id}`))?.job.state === 'completed', WITHIN_MS);
    }
    await until(() => isGone('kept.first'), WITHIN_MS);
    expect(await jobs.expired('kept.first')).toEqual({ owner: 'before' });
    await redis.client.zadd(key('ledger:removed'), Date.now() - 20_001, 'j-first');
    await jobs.enqueue(few, { fails: false }, { id: 'first', delayMs: 3_600_000 });
    expect(await jobs.cancel('kept.first')).toBe('cancelled');
    await redis.client.del(key('ledger:cancelled'), key('ledger:cancelled-jobs'));
    expect(await jobs.expired('kept.first')).toBeUndefined();
    expect(await redis.client.hexists(key('ledger:removed-owners'), 'j-first')).toBe(0);
  });

  it('bounds the stream of events, of which nobody reads', async () => {
    const producer = open({ namespace, queues: [queue] });
    await producer.ready();
    for (let n = 0; n < 6; n += 1)
      await Promise.all(Array.from({ length: 50 }, () => producer.enqueue(queue, { fails: false })));
    expect(await redis.client.xlen(key('kept:events'))).toBeGreaterThan(500);
    await opened();
    await until(async () => (await counts(producer))?.completed === 300, WITHIN_MS);
    // Redis trims whole nodes of 100 entries.
    expect(await redis.client.xlen(key('kept:events'))).toBeLessThan(300);
  });

  it('is told to workers of before, which remove by it as jobs end', async () => {
    const producer = open({ namespace, queues: [short] });
    await producer.ready();
    await producer.enqueue(short, { fails: false }, { id: 'x' });
    const kept = { age: 2, count: 100_000 };
    const options: unknown = JSON.parse((await redis.client.hget(key('kept:j-x'), 'opts')) ?? '');
    expect(options).toMatchObject({ removeOnComplete: kept, removeOnFail: kept });
  });

  it('is not for an older producer to say either', async () => {
    const producer = open({ namespace, queues: [queue] });
    await producer.ready();
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { id } = await producer.enqueue(queue, { fails: false });
      ids.push(id);
      const opts = JSON.stringify({ attempts: 1, removeOnComplete: { age: 3_600, count: 1 } });
      await redis.client.hset(key(`kept:j-${id.slice('kept.'.length)}`), 'opts', opts);
    }
    await opened();
    await until(async () => (await counts(producer))?.completed === 3, WITHIN_MS);
    for (const id of ids) expect((await producer.find(id))?.job.result).toBe('done');
  });
});
