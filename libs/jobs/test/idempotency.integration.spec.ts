import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type Jobs, defineQueue } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, openings } from './servers.ts';

const DAY_MS = 86_400_000;
const once = defineQueue({ ...demo.descriptor, name: 'once', attempts: 1 });
const payload = { job: 'x' };
const done = { job: 'x', value_key: 'k', written: 'w' };

describeWith('NESTFLEET_REDIS_SERVER', 'an enqueue with an idempotency token', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let server: RedisServer;
  let redis: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    // As long as most are: it is a part of each key.
    namespace = 'nf';
    server = await startRedisServer();
    redis = connectRedis({ url: server.url, namespace });
    jobs = open({ namespace, queues: [demo, once], redisUrl: server.url });
    await Promise.all([redis.ready(), jobs.ready()]);
  });
  afterEach(async () => {
    await closeAll();
    await redis?.close();
    await server?.stop();
  });

  const enqueue = (idempotencyToken: string, more: object = {}, job = 'x') =>
    jobs.enqueue(once, { job }, { idempotencyToken, ...more });
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
  const waiting = async () => (await jobs.counts())['once']?.waiting;
  const keysLike = (pattern: string) => redis.client.keys(`{${namespace}:${pattern}`);

  it('makes one job of 50 at once over two connections, under an id that nobody can guess', async () => {
    const other = open({ namespace, queues: [once], redisUrl: server.url });
    await other.ready();
    const made = await Promise.all(
      Array.from({ length: 50 }, (_none, n) =>
        (n % 2 === 0 ? jobs : other).enqueue(once, payload, { idempotencyToken: 'order-17' }),
      ),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(made[0]?.id).toMatch(/^once\.[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(await waiting()).toBe(1);
    const next = await enqueue('order-18');
    expect(next).toMatchObject({ outcome: 'created' });
    expect(next.id).not.toBe(made[0]?.id);
  });

  it('belongs to its queue: another one makes a job of its own, whatever the payload', async () => {
    const first = await enqueue('order-17');
    const other = await jobs.enqueue(demo, { job: 'x' }, { idempotencyToken: 'order-17' });
    expect([first.outcome, other.outcome]).toEqual(['created', 'created']);
    expect(await enqueue('order-17')).toEqual({ id: first.id, outcome: 'existing' });
    const again = await jobs.enqueue(demo, { job: 'x' }, { idempotencyToken: 'order-17' });
    expect(again).toEqual({ id: other.id, outcome: 'existing' });
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    [
      'completed',
      async (id) => {
        const consumer = jobs.consume(once, async () => done);
        await until(async () => (await stateOf(id)) === 'completed', WITHIN_MS);
        await consumer.close(0);
      },
    ],
    [
      'failed',
      async (id) => {
        const consumer = jobs.consume(once, () => Promise.reject(new Error('no luck')));
        await until(async () => (await stateOf(id)) === 'failed', WITHIN_MS);
        await consumer.close(0);
      },
    ],
    ['cancelled', (id) => jobs.cancel(id)],
    [
      'removed by retention',
      async (id) => {
        await jobs.cancel(id);
        await redis.client.del(...(await keysLike('once}:ledger:cancelled*')));
        expect(await jobs.find(id)).toBeUndefined();
      },
    ],
  ])('makes no second job when the first is %s', async (_what, end) => {
    const first = await enqueue('order-17', { owner: 'me' });
    await end(first.id);
    const before = await stateOf(first.id);
    expect(await enqueue('order-17', { owner: 'me' })).toEqual({ id: first.id, outcome: 'existing' });
    expect(await stateOf(first.id)).toBe(before);
    expect(await waiting()).toBe(0);
  });

  it('is refused with another payload, whatever the order of the fields, the owner or the request', async () => {
    const first = await enqueue('t', { owner: 'me', requestId: 'r1' });
    await expect(enqueue('t', { owner: 'me' }, 'y')).rejects.toMatchObject({
      code: 'idempotency_token_reused',
      status: 422,
    });
    expect(await enqueue('t', { requestId: 'r2' })).toEqual({ id: first.id, outcome: 'existing' });
    expect(await waiting()).toBe(1);
    // Another queue is another slot.
    expect((await jobs.enqueue(demo, payload, { idempotencyToken: 't' })).outcome).toBe('created');
  });

  it('keeps its own id too, which a release without records knows alone', async () => {
    const first = await enqueue('t', { id: 'mine' });
    expect(first).toEqual({ id: 'once.mine', outcome: 'created' });
    expect(await jobs.enqueue(once, payload, { id: 'mine' })).toEqual({ id: 'once.mine', outcome: 'existing' });
    await jobs.cancel(first.id);
    expect(await enqueue('t', { id: 'mine' })).toEqual({ id: 'once.mine', outcome: 'existing' });
    expect(await stateOf('once.mine')).toBe('cancelled');
    // As a relay of an outbox does, which may come again when nothing of the job is left.
    await redis.client.del(...(await keysLike('once}:ledger:cancelled*')));
    expect(await enqueue('t', { id: 'mine' })).toEqual({ id: 'once.mine', outcome: 'existing' });
    expect(await waiting()).toBe(0);
    expect(await jobs.enqueue(once, payload, { id: 'mine' })).toMatchObject({ outcome: 'created' });
  });

  it('is remembered also where its own id was enqueued before', async () => {
    await jobs.enqueue(once, payload, { id: 'mine' });
    expect(await enqueue('t', { id: 'mine' })).toEqual({ id: 'once.mine', outcome: 'existing' });
    await jobs.cancel('once.mine');
    expect(await enqueue('t', { id: 'mine' })).toEqual({ id: 'once.mine', outcome: 'existing' });
    await expect(enqueue('t', { id: 'mine' }, 'y')).rejects.toMatchObject({ code: 'idempotency_token_reused' });
    // The answer is true without a record too.
    await jobs.enqueue(once, payload, { id: 'other' });
    await redis.client.call('ACL', 'SETUSER', 'default', '-set');
    expect(await enqueue('u', { id: 'other' })).toEqual({ id: 'once.other', outcome: 'existing' });
  });

  it('leaves no record of what was refused: with the same token it is done once it can be', async () => {
    await enqueue('before');
    await redis.client.call('ACL', 'SETUSER', 'default', '-rpush', '-lpush', '-hmset', '-hset');
    await expect(enqueue('t')).rejects.toMatchObject({ code: 'jobs_writes_refused' });
    await redis.client.call('ACL', 'SETUSER', 'default', '+@all');
    const { id, outcome } = await enqueue('t');
    expect(outcome).toBe('created');
    expect(await stateOf(id)).toBe('waiting');
  });

  it('is remembered for 24 h under the tag of its queue, and then no longer', async () => {
    const first = await enqueue('a secret of 17');
    const [record = '', ...more] = await keysLike('once}:ledger:token:*');
    expect(more).toEqual([]);
    expect(record).not.toContain('17');
    const ttlMs = await redis.client.pttl(record);
    expect(ttlMs).toBeGreaterThan(DAY_MS - 60_000);
    expect(ttlMs).toBeLessThanOrEqual(DAY_MS);
    await redis.client.pexpire(record, 1);
    await until(async () => (await redis.client.exists(record)) === 0, WITHIN_MS);
    const second = await enqueue('a secret of 17');
    expect(second.outcome).toBe('created');
    expect(second.id).not.toBe(first.id);
    await jobs.enqueue(once, payload);
    expect(await keysLike('once}:ledger:token:*')).toHaveLength(1);
  });

  it('needs at most 240 bytes for its record', async () => {
    const many = 10_000;
    const memory = async () => Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]);
    await enqueue('one');
    const [record = ''] = await keysLike('once}:ledger:token:*');
    const value = (await redis.client.get(record)) ?? '';
    const before = await memory();
    for (let n = 0; n < many; n += 500) {
      const batch = Array.from({ length: 500 }, (_none, at) => `${record.slice(0, -5)}${10_000 + n + at}`);
      await Promise.all(batch.map((key) => redis.client.set(key, value, 'PX', DAY_MS)));
    }
    expect(await redis.client.dbsize()).toBeGreaterThan(many);
    expect(((await memory()) - before) / many).toBeLessThanOrEqual(240);
    expect(await redis.client.memory('USAGE', record)).toBeLessThanOrEqual(200);
  });
});
