import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, flaky, openings, ownNamespace, primes } from './servers.ts';

describeWith('REDIS_URL', 'ledger', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace });
    await jobs.ready();
  });
  afterEach(closeAll);

  async function keysOf(): Promise<string[]> {
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    try {
      await redis.ready();
      return await redis.run((client) => client.keys(`*${namespace}*`));
    } finally {
      await redis.close();
    }
  }

  it('says whether an id is new, also to two who ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, n) =>
        jobs.enqueue(demo, { job: `x${n}` }, { id: 'order-1', owner: `owner${n}` }),
      ),
    );
    expect(answers.filter(({ outcome }) => outcome === 'created')).toEqual([
      { id: 'demo.order-1', outcome: 'created' },
    ]);
    const first = answers.findIndex(({ outcome }) => outcome === 'created');
    expect(await jobs.counts()).toMatchObject({ demo: { waiting: 1 } });
    expect((await jobs.find('demo.order-1'))?.owner).toBe(`owner${first}`);
    // Who only found it does not get it into an own list.
    const lists = await Promise.all(answers.map((_answer, n) => jobs.list(`owner${n}`, 10)));
    expect(lists.map((list) => list.length)).toEqual(answers.map((_answer, n) => (n === first ? 1 : 0)));
  });

  it('keeps ids of clients apart from the names of BullMQ’s own keys', async () => {
    for (const id of ['wait', 'meta', 'id', 'events', '1'])
      expect(await jobs.enqueue(demo, { job: 'x' }, { id })).toEqual({ id: `demo.${id}`, outcome: 'created' });
    expect(await jobs.counts()).toMatchObject({ demo: { waiting: 5 } });
  });

  it('lists an owner’s jobs over all queues, newest first', async () => {
    const mine: string[] = [];
    for (const n of [1, 2, 3]) {
      mine.unshift((await jobs.enqueue(demo, { job: `x${n}` }, { owner: 'me' })).id);
      mine.unshift((await jobs.enqueue(flaky, {}, { owner: 'me' })).id);
      await jobs.enqueue(demo, { job: 'y' }, { owner: 'you' });
      // The index knows milliseconds.
      const nowMs = Date.now();
      await until(() => Date.now() > nowMs, WITHIN_MS);
    }
    const listed = (await jobs.list('me', 10)).map((job) => job.id);
    expect(listed.toSorted()).toEqual(mine.toSorted());
    expect(listed.slice(0, 2).toSorted()).toEqual(mine.slice(0, 2).toSorted());
    expect(await jobs.list('me', 2)).toHaveLength(2);
    expect(await jobs.list('nobody-else', 10)).toEqual([]);
  });

  it('remembers at most 100 jobs of an owner and queue', async () => {
    for (let n = 0; n < 103; n += 1) await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', id: `n-${n}` });
    const listed = await jobs.list('me', 200);
    expect(listed).toHaveLength(100);
    expect(listed.map((job) => job.id)).not.toContain('demo.n-0');
  });

  it('lists as many as are asked for where newer ones are past their retention', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', id });
      // The index knows milliseconds.
      const nowMs = Date.now();
      await until(() => Date.now() > nowMs, WITHIN_MS);
    }
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    await redis.ready();
    for (const id of ['c', 'd', 'e']) await redis.run((client) => client.del(`{${namespace}:demo}:demo:j-${id}`));
    await redis.close();
    for (const limit of [0, 1, 2, 10]) {
      const listed = (await jobs.list('me', limit)).map(({ id }) => id);
      expect(listed).toEqual(['demo.b', 'demo.a'].slice(0, limit));
    }
  });

  it('cancels a waiting and a delayed job for good, and no other', async () => {
    const ran: string[] = [];
    const { id } = await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', id: 'c1' });
    await jobs.cancel(id);
    await jobs.cancel(id);
    expect(await jobs.find(id)).toMatchObject({ owner: 'me', job: { id, state: 'cancelled', payload_version: 1 } });
    expect((await jobs.list('me', 5)).map((job) => job.state)).toEqual(['cancelled']);

    const backingOff = defineQueue({ ...flaky.descriptor, backoffMs: 60_000 });
    const slow = open({ namespace, queues: [backingOff] });
    await slow.ready();
    const failing = slow.consume(backingOff, () => Promise.reject(new Error('no')));
    const delayed = await slow.enqueue(backingOff, {});
    await until(async () => (await jobs.find(delayed.id))?.job.state === 'delayed', WITHIN_MS);
    await jobs.cancel(delayed.id);
    expect((await jobs.find(delayed.id))?.job).toMatchObject({ state: 'cancelled', attempts: 1, error: 'no' });
    await failing.close(1_000);

    jobs.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return { job: payload.job, value_key: 'k', written: 'w' };
    });
    const other = await jobs.enqueue(demo, { job: 'runs' });
    await until(async () => (await jobs.find(other.id))?.job.state === 'completed', WITHIN_MS);
    await expect(jobs.cancel(other.id)).rejects.toMatchObject({ code: 'job_finished' });
    expect(ran).toEqual(['runs']);

    await expect(jobs.cancel('demo.none')).rejects.toMatchObject({ code: 'job_not_found' });
    await expect(jobs.cancel('other.none')).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('lets the id of a cancelled job be used again', async () => {
    await jobs.enqueue(demo, { job: 'x' }, { id: 'again' });
    await jobs.cancel('demo.again');
    expect(await jobs.enqueue(demo, { job: 'y' }, { id: 'again' })).toMatchObject({ outcome: 'created' });
    expect((await jobs.find('demo.again'))?.job.state).toBe('waiting');
  });

  it('finds nothing for ids that are none', async () => {
    for (const id of ['', 'demo', 'demo.none', 'other.x', 'demo.a:b', `demo.${'x'.repeat(200)}`])
      expect(await jobs.find(id)).toBeUndefined();
  });

  it('keeps every key of a queue under one hash tag and lets the ledger’s expire', async () => {
    await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', id: 'a' });
    await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', id: 'b' });
    await jobs.cancel('demo.a');
    const keys = await keysOf();
    expect(keys.length).toBeGreaterThan(5);
    expect(keys.filter((key) => !key.startsWith(`{${namespace}:demo}:`))).toEqual([]);
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    await redis.ready();
    for (const key of keys.filter((name) => name.includes(':ledger:')))
      expect(await redis.run((client) => client.pttl(key))).toBeGreaterThan(23 * 3_600_000);
    await redis.close();
  });

  it('counts by queue', async () => {
    await jobs.enqueue(primes, { below: 10 });
    const counts = await jobs.counts();
    expect(Object.keys(counts).toSorted()).toEqual(['demo', 'flaky', 'primes']);
    expect(counts['primes']).toEqual({ waiting: 1, delayed: 0, active: 0, completed: 0, failed: 0 });
  });
});
