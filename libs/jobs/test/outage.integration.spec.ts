import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type Jobs, JobsError } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (fault: unknown) => fault,
  );
/** The cause of the cause, by its message: what was not even sent, or whose own time was over. */
const causeOf = (message: RegExp): unknown =>
  expect.objectContaining({ message: expect.stringMatching(message) as unknown as string });

describeWith('NESTFLEET_REDIS_SERVER', 'an outage of Redis', () => {
  const { open, closeAll } = openings();
  let dir: string;
  let server: RedisServer;
  let jobs: Jobs;
  let events: string[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jobs-outage-'));
    server = await startRedisServer({ dir, appendonly: true, appendfsync: 'always' });
    events = [];
    const note = (fields: object) => void ('event' in fields && events.push(String(fields.event)));
    const log = { debug: note, info: note, warn: note, error: note };
    jobs = open({ namespace: ownNamespace(), redisUrl: server.url, log });
    await jobs.ready();
  });
  afterEach(async () => {
    server.child.kill('SIGCONT');
    await closeAll();
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const restart = async () => {
    server = await startRedisServer({ dir, port: server.port, appendonly: true, appendfsync: 'always' });
  };
  const state = async (id: string) => (await jobs.find(id))?.job.state;

  it('enqueue, find and list reject at once while Redis is stopped', async () => {
    await server.kill();
    // This process knows of the end of the connection once it has been read.
    await until(() => events.includes('redis.down'), WITHIN_MS);
    for (const work of [jobs.enqueue(demo, { job: 'x' }), jobs.find('demo.x'), jobs.list('me', 5), jobs.counts()]) {
      const error = await rejection(work);
      expect(error).toBeInstanceOf(JobsError);
      expect(error).toMatchObject({ code: 'jobs_unavailable', status: 503, cause: causeOf(/; not sent$/) });
    }
  });

  it('what a full Redis refused is enqueued once there is room', async () => {
    const admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
    const maxmemory = (bytes: string) => admin.run((redis) => redis.config('SET', 'maxmemory', bytes));
    await maxmemory('1');
    const error = await rejection(jobs.enqueue(demo, { job: 'x' }));
    // Both are true, and it is chance which is found first.
    expect(error).toMatchObject({ code: expect.stringMatching(/^jobs_(writes_refused|memory_low)$/) });
    await maxmemory('0');
    const { id, outcome } = await until(() => jobs.enqueue(demo, { job: 'x' }), WITHIN_MS);
    expect(outcome).toBe('created');
    expect(await state(id)).toBe('waiting');
    await admin.close();
  });

  it('what Redis has lost its scripts for is enqueued all the same, once', async () => {
    const admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
    await jobs.enqueue(demo, { job: 'before' });
    for (const id of ['a', 'b']) {
      await admin.run((redis) => redis.script('FLUSH'));
      expect(await jobs.enqueue(demo, { job: 'x' }, { id, owner: 'me' })).toMatchObject({ outcome: 'created' });
    }
    expect(await jobs.list('me', 5)).toHaveLength(2);
    expect((await jobs.counts())['demo']).toMatchObject({ waiting: 3 });
    await admin.close();
  });

  it('an enqueue of which a part is refused is refused as a whole, and taken once it may', async () => {
    const admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
    await jobs.enqueue(demo, { job: 'x' });
    await admin.client.call('ACL', 'SETUSER', 'default', '-hset', '-hmset');
    const error = await rejection(jobs.enqueue(demo, { job: 'x' }, { id: 'a' }));
    expect(error).toMatchObject({ code: 'jobs_writes_refused', status: 503 });
    await admin.client.call('ACL', 'SETUSER', 'default', '+@all');
    expect(await jobs.enqueue(demo, { job: 'x' }, { id: 'a' })).toMatchObject({ outcome: 'created' });
    expect((await jobs.counts())['demo']).toMatchObject({ waiting: 2 });
    await admin.close();
  });

  it('enqueue rejects within 500 ms when Redis hangs', async () => {
    server.child.kill('SIGSTOP');
    const error = await rejection(jobs.enqueue(demo, { job: 'x' }));
    expect(error).toMatchObject({ status: 503, code: 'jobs_outcome_unknown' });
    expect(error).toMatchObject({ cause: { cause: causeOf(/^no answer within (\d\d|[1-4]\d\d|500) ms$/) } });
  });

  it('a consumer goes on after Redis was restarted', async () => {
    const ran: string[] = [];
    jobs.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    const before = await jobs.enqueue(demo, { job: 'before' });
    await until(async () => (await state(before.id)) === 'completed', WITHIN_MS);
    await server.kill();
    await restart();
    const after = await until(() => jobs.enqueue(demo, { job: 'after' }), WITHIN_MS);
    await until(async () => (await state(after.id)) === 'completed', WITHIN_MS);
    expect(ran).toEqual(['before', 'after']);
  });

  it('a job that ends while Redis is unreachable is completed once when it is back', async () => {
    const [go, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let runs = 0;
    jobs.consume(demo, async ({ payload }) => {
      runs += 1;
      begun.resolve();
      await go.promise;
      return done(payload.job);
    });
    const { id } = await jobs.enqueue(demo, { job: 'x' });
    await begun.promise;
    await server.kill();
    go.resolve();
    await restart();
    await until(async () => (await state(id)) === 'completed', WITHIN_MS);
    expect(runs).toBe(1);
  });

  it('a consumer starts before Redis does, and closes without it', async () => {
    await server.kill();
    const early = open({ namespace: ownNamespace(), redisUrl: server.url });
    const consumer = early.consume(demo, async ({ payload }) => done(payload.job));
    await restart();
    const { id } = await until(() => early.enqueue(demo, { job: 'x' }), WITHIN_MS);
    await until(async () => (await early.find(id))?.job.state === 'completed', WITHIN_MS);
    await server.kill();
    // It has 3.1 s; one that waited for Redis would outlast this test.
    await expect(consumer.close(100)).resolves.toBeUndefined();
  });
});
