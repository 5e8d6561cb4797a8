import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import type { JobLog } from '../src/log.ts';
import { demo, describeWith, flaky, openings, ownNamespace, primes } from './servers.ts';

const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
/** As README has it, but for the namespace, which each test has of its own. */
const rules = /^~\{nf:\* ([+-].*)$/m.exec(readme)?.[1]?.split(' ') ?? [];
const PASSWORD = 'of-this-test';
const WITHIN_MS = 20_000;

describeWith('NESTFLEET_REDIS_SERVER', 'jobs for an ACL user who may do what README names', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let server: RedisServer;
  let admin: RedisConnection;
  let logged: string[];
  const write = (...line: unknown[]) => void logged.push(inspect(line, { depth: 9 }));
  const log: JobLog = { debug: write, info: write, warn: write, error: write };

  const setUser = (...more: string[]) => admin.client.call('ACL', 'SETUSER', 'app', ...more);
  /** Not the first database, so that one that is skipped shows. */
  const openAsApp = (instanceName: string) => {
    const redisUrl = `${server.url.replace('://', `://app:${PASSWORD}@`)}/1`;
    return open({ namespace, redisUrl, instanceName, log });
  };

  beforeEach(async () => {
    logged = [];
    namespace = ownNamespace();
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace });
    await admin.ready();
    await setUser('reset', 'on', `>${PASSWORD}`, `~{${namespace}:*`, ...rules);
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
    await server?.stop();
  });

  it('everything that jobs do, and nothing else', async () => {
    const [jobs, worker] = [openAsApp('api-1'), openAsApp('worker-1')];
    await Promise.all([jobs.ready(), worker.ready()]);
    const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
    const cancelled = await jobs.enqueue(primes, { below: 10 }, { owner: 'me' });
    await jobs.cancel(cancelled.id);
    const begun = Promise.withResolvers<void>();
    const closing = worker.consume(demo, async ({ signal, progress }) => {
      await progress(10);
      begun.resolve();
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    });
    const released = await jobs.enqueue(demo, { job: 'x' }, { id: 'same', owner: 'me' });
    expect((await jobs.enqueue(demo, { job: 'x' }, { id: 'same', owner: 'me' })).outcome).toBe('existing');
    await begun.promise;
    await closing.close(0);
    worker.consume(demo, async ({ payload, once }) => {
      const [count] = await once('all', [
        { incrBy: 'n', expireMs: 60_000 },
        { set: 't', value: 'x' },
        { hset: 'h', fields: { f: '1' } },
        { hincrBy: 'sums', field: 'f' },
        { sadd: 's', members: ['x'] },
        { del: 'none' },
      ]);
      return { job: payload.job, value_key: 'k', written: String(count) };
    });
    worker.consume(flaky, ({ attempt }) => Promise.reject(new Error(`attempt ${attempt}`)));
    const failed = await jobs.enqueue(flaky, {});
    await until(async () => (await stateOf(released.id)) === 'completed', WITHIN_MS);
    await until(async () => (await stateOf(failed.id)) === 'failed', WITHIN_MS);
    expect(await jobs.list('me', 5)).toHaveLength(2);
    expect(await jobs.counts()).toMatchObject({ demo: { completed: 1 }, flaky: { failed: 1 } });
    const effects = jobs.effects(demo);
    expect([await effects.number('n'), await effects.text('t')]).toEqual([1, 'x']);
    expect([await effects.fields('sums'), await effects.members('s')]).toEqual([{ f: '1' }, ['x']]);
    expect(await jobs.ping()).toBeGreaterThan(0);
    // Redis writes down whatever it did not allow.
    expect(await admin.client.call('ACL', 'LOG')).toEqual([]);
    expect(await admin.client.dbsize()).toBe(0);
    const app = connectRedis({ url: server.url.replace('://', `://app:${PASSWORD}@`), namespace });
    await app.ready();
    for (const order of ['flushall', 'flushdb'] as const)
      await expect(app.run((redis) => redis[order]())).rejects.toThrow(/NOPERM/);
    await expect(app.run((redis) => redis.get('other'))).rejects.toThrow(/NOPERM/);
    await app.close();
  }, 60_000);

  it('who may not SELECT enqueues and runs nothing anywhere, until it may', async () => {
    await setUser('-select');
    const jobs = openAsApp('worker-1');
    jobs.consume(demo, async ({ payload }) => ({ job: payload.job, value_key: 'k', written: 'w' }));
    await until(() => logged.some((line) => line.includes('SELECT refused: NOPERM')), WITHIN_MS);
    await expect(jobs.enqueue(demo, { job: 'x' })).rejects.toMatchObject({ code: 'jobs_unavailable', status: 503 });
    expect(await admin.client.dbsize()).toBe(0);
    await setUser('+select');
    await jobs.ready();
    const { id } = await jobs.enqueue(demo, { job: 'x' });
    await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    expect(await admin.client.dbsize()).toBe(0);
    expect(logged.join('\n')).not.toContain(PASSWORD);
  }, 60_000);

  it('whose password is wrong does not find it in the log', async () => {
    await setUser(`<${PASSWORD}`, '>another');
    const jobs = openAsApp('worker-1');
    jobs.consume(demo, async ({ payload }) => ({ job: payload.job, value_key: 'k', written: 'w' }));
    const says = (words: string): boolean => logged.some((line) => line.includes(words));
    await until(() => says('WRONGPASS') && says('no new jobs are taken'), WITHIN_MS);
    expect(logged.join('\n')).not.toContain(PASSWORD);
  }, 60_000);
});
