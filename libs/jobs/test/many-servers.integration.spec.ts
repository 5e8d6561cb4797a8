import { afterEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import {
  type RedisCluster,
  type RedisSentinels,
  startRedisCluster,
  startRedisSentinels,
} from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, flaky, openings, ownNamespace, primes } from './servers.ts';

const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

const ended = (jobs: Jobs, id: string, withinMs = 15_000) =>
  until(async () => (await jobs.find(id))?.job.state === 'completed', withinMs);

describeWith('NESTFLEET_REDIS_SERVER', 'jobs over many servers', () => {
  const { open, closeAll } = openings();
  let servers: RedisCluster | RedisSentinels | undefined;

  afterEach(async () => {
    await closeAll();
    await servers?.stop();
  });

  /** One process that enqueues, another that works. */
  async function two(redisUrl: string) {
    const namespace = ownNamespace();
    const [jobs, worker] = [open({ namespace, redisUrl }), open({ namespace, redisUrl, instanceName: 'worker-1' })];
    await Promise.all([jobs.ready(), worker.ready()]);
    return { namespace, jobs, worker };
  }

  it('a Redis Cluster: enqueues, runs, retries, finds, lists and cancels', async () => {
    const cluster = await startRedisCluster({ primaries: 3 });
    servers = cluster;
    const { jobs, worker } = await two(cluster.url);
    const ran: string[] = [];
    worker.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    worker.consume(flaky, async ({ attempt }) => {
      if (attempt < 2) throw new Error('no luck');
      return { attempts: attempt };
    });
    const first = await jobs.enqueue(demo, { job: 'x' }, { id: 'same', owner: 'me' });
    expect(first.outcome).toBe('created');
    expect((await jobs.enqueue(demo, { job: 'x' }, { id: 'same', owner: 'me' })).outcome).toBe('existing');
    const second = await jobs.enqueue(flaky, { failures: 1 }, { owner: 'me' });
    await Promise.all([first, second].map(({ id }) => ended(jobs, id)));
    expect(ran).toEqual(['x']);
    expect(await jobs.find(first.id)).toMatchObject({ job: { processed_by: 'worker-1', result: done('x') } });
    expect((await jobs.list('me', 5)).map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted());
    const third = await jobs.enqueue(primes, { below: 10 });
    await jobs.cancel(third.id);
    expect((await jobs.find(third.id))?.job.state).toBe('cancelled');
    expect(await jobs.counts()).toMatchObject({ demo: { completed: 1 }, flaky: { completed: 1 } });
    expect(await jobs.ping()).toBeGreaterThan(0);
  }, 60_000);

  it('a Redis Cluster: a job goes on after an outage of the node of its queue', async () => {
    const cluster = await startRedisCluster({
      primaries: 3,
      replicas: 1,
      settings: { 'cluster-require-full-coverage': 'no' },
    });
    servers = cluster;
    const { namespace, jobs, worker } = await two(cluster.url);
    worker.consume(demo, async ({ payload }) => done(payload.job));
    await ended(jobs, (await jobs.enqueue(demo, { job: 'before' })).id);
    // Its replica takes over; who enqueues and who works both have to find it.
    const node = await cluster.primaryOf(`{${namespace}:demo}`);
    await node.kill();
    const { id } = await until(() => jobs.enqueue(demo, { job: 'after' }), WITHIN_MS);
    await ended(jobs, id, 30_000);
    expect((await jobs.find(id))?.job).toMatchObject({ processed_by: 'worker-1', result: done('after') });
  }, 90_000);

  it('a Redis Cluster: results for a node that is down keep no suspect of another one waiting', async () => {
    const cluster = await startRedisCluster({ primaries: 3, settings: { 'cluster-require-full-coverage': 'no' } });
    servers = cluster;
    const namespace = ownNamespace();
    const node = await cluster.primaryOf(`{${namespace}:q0}`);
    const names = ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q9'];
    const nodes = await Promise.all(names.map((name) => cluster.primaryOf(`{${namespace}:${name}}`)));
    const elsewhere = names.find((_name, n) => nodes[n]?.port !== node.port) ?? '';
    const [down, up] = ['q0', elsewhere].map((name) => defineQueue({ ...demo.descriptor, name }));
    if (!down || !up) throw new Error('all queues are on one node');
    const jobs = open({ namespace, redisUrl: cluster.url, queues: [down, up] });
    const admin = connectRedis({ url: cluster.url, namespace });
    await Promise.all([jobs.ready(), admin.ready()]);
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const consumer = jobs.consume(down, async ({ payload }) => {
      begun.resolve();
      await go.promise;
      return done(payload.job);
    });
    await jobs.enqueue(down, { job: 'held' });
    await begun.promise;
    const { id } = await jobs.enqueue(up, { job: 'suspect' }, { id: 'suspect' });
    await admin.client.hset(`{${namespace}:${elsewhere}}:${elsewhere}:j-suspect`, 'stc', 1);
    await node.kill();
    go.resolve();
    jobs.consume(up, async ({ payload }) => done(payload.job));
    await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    expect(consumer.running).toBe(1);
    await admin.close();
  }, 90_000);

  it('Redis Sentinel: enqueues and runs, and goes on after a failover', async () => {
    const set = await startRedisSentinels({ replicas: 1, sentinels: 3 });
    servers = set;
    const { jobs, worker } = await two(set.url);
    const ran: string[] = [];
    worker.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    await ended(jobs, (await jobs.enqueue(demo, { job: 'before' })).id);
    await set.failover();
    const { id } = await until(() => jobs.enqueue(demo, { job: 'after' }), WITHIN_MS);
    await ended(jobs, id, 30_000);
    expect(ran).toEqual(['before', 'after']);
  }, 90_000);
});
