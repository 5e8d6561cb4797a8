import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { createIORedisClient, UnrecoverableError } from 'bullmq';
import { boundsOf } from '../src/bounds.ts';
import { queueKeys } from '../src/bullmq/keys.ts';
import { workerScripts } from '../src/bullmq/worker-scripts.ts';
import type { Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

const VISIBILITY_MS = 1_000;
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

describeWith('REDIS_URL', 'the lock of a job', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let admin: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    admin = connectRedis({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1', namespace });
    await admin.ready();
    jobs = open({ namespace, visibilityMs: VISIBILITY_MS });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  it('is renewed for as long as the handler runs', async () => {
    const go = Promise.withResolvers<void>();
    let runs = 0;
    for (const worker of [jobs, open({ namespace, visibilityMs: VISIBILITY_MS })])
      worker.consume(demo, async ({ payload }) => {
        runs += 1;
        await go.promise;
        return done(payload.job);
      });
    const { id } = await jobs.enqueue(demo, { job: 'long' });
    await until(() => runs === 1, WITHIN_MS);
    const longMs = performance.now() + 4 * VISIBILITY_MS;
    await until(() => performance.now() > longMs, WITHIN_MS);
    go.resolve();
    await until(async () => (await jobs.find(id))?.job.state === 'completed', WITHIN_MS);
    expect(runs).toBe(1);
  });

  it('is what progress and result are written with: who has lost it writes neither', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const [outcomes, faults]: [string[], unknown[]] = [[], []];
    jobs.consume(
      demo,
      async ({ progress }) => {
        begun.resolve();
        await go.promise;
        await progress(50).catch((fault: unknown) => faults.push(fault));
        return done('mine');
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
    await jobs.enqueue(demo, { job: 'x' }, { id: 'x' });
    await begun.promise;
    await admin.client.set(`{${namespace}:demo}:demo:j-x:lock`, 'of another', 'PX', 60_000);
    go.resolve();
    await until(() => outcomes.length === 1, WITHIN_MS);
    expect(outcomes).toEqual(['lost']);
    expect(faults).toEqual([expect.objectContaining({ code: 'lock_lost' })]);
    expect((await jobs.find('demo.x'))?.job).toMatchObject({ state: 'active', progress: 0, result: null, error: null });
  });

  /** What the first attempt of the job finds when it asks for its lock again. */
  async function regain(): Promise<string> {
    const keys = queueKeys(namespace, 'demo');
    const scripts = workerScripts(createIORedisClient(admin.client), keys, 60_000, boundsOf({ name: 'demo' }));
    return scripts.regain({ bullId: 'j-x', token: 'old', starts: 1, attemptsEnded: 0 });
  }

  it('is not given back to an attempt of before a retry, which begins anew', async () => {
    const consumer = jobs.consume(demo, () => Promise.reject(new UnrecoverableError('no')));
    const { id } = await jobs.enqueue(demo, { job: 'x' }, { id: 'x' });
    await until(async () => (await jobs.find(id))?.job.state === 'failed', WITHIN_MS);
    await consumer.close(1_000);
    expect(await regain()).toBe('settled');
    // As a worker of before counts its deaths.
    const hash = `{${namespace}:demo}:demo:j-x`;
    await admin.client.hset(hash, 'nf:alone', 2);
    await jobs.retry(id);
    expect(await regain()).toBe('taken');
    expect(await admin.client.hget(hash, 'nf:alone')).toBeNull();
    expect((await jobs.find(id))?.job.state).toBe('waiting');
  });

  it('is settled where its job is past its retention since', async () => {
    expect(await regain()).toBe('taken');
    await admin.client.zadd(`{${namespace}:demo}:ledger:removed`, Date.now(), 'j-x');
    expect(await regain()).toBe('settled');
  });

  it('stands for no time that is too short to be kept', () => {
    expect(() => open({ namespace, visibilityMs: 999 })).toThrow(/visibilityMs/);
  });
});
