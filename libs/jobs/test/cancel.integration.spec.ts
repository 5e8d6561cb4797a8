import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import type { JobHandler } from '../src/consumer.ts';
import { WITHIN_MS, describeWith, openings, ownNamespace } from './servers.ts';

const VISIBILITY_MS = 2_000;
const queue = defineQueue({
  name: 'long',
  version: 1,
  payload: z.strictObject({}),
  result: z.string(),
  attempts: 3,
  backoffMs: 60_000,
  concurrency: 2,
});

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describeWith('REDIS_URL', 'cancel of a running job', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let jobs: Jobs;
  let outcomes: string[];

  beforeEach(async () => {
    namespace = ownNamespace();
    outcomes = [];
    jobs = open({ namespace, queues: [queue] });
    await jobs.ready();
  });
  afterEach(closeAll);

  const work = (handler: JobHandler<object, string>, visibilityMs = VISIBILITY_MS) => {
    const worker = open({ namespace, queues: [queue], visibilityMs });
    return worker.consume(queue, handler, { onSettled: ({ outcome }) => outcomes.push(outcome) });
  };
  const inState = (id: string, state: string) =>
    until(async () => (await jobs.find(id))?.job.state === state, WITHIN_MS);

  it('aborts its signal soon, and the job has ended as cancelled', async () => {
    let runs = 0;
    work(({ signal, progress }) => {
      runs += 1;
      return progress(40).then(() => untilAborted(signal));
    });
    const { id } = await jobs.enqueue(queue, {}, { owner: 'me' });
    await until(async () => (await jobs.find(id))?.job.progress === 40, WITHIN_MS);
    expect(await jobs.cancel(id)).toBe('requested');
    const askedMs = performance.now();
    await inState(id, 'cancelled');
    // A tenth of the visibility, and what a busy machine adds.
    expect(performance.now() - askedMs).toBeLessThan(VISIBILITY_MS / 10 + 1_500);
    expect(await jobs.find(id)).toMatchObject({ owner: 'me', job: { progress: 40, result: null } });
    expect(await jobs.cancel(id)).toBe('cancelled');
    expect(await jobs.counts()).toMatchObject({ long: { waiting: 0, delayed: 0, active: 0, failed: 0 } });
    await until(() => outcomes.length === 1, WITHIN_MS);
    expect(outcomes).toEqual(['cancelled']);
    expect(runs).toBe(1);
    // Nothing is left of it.
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    await redis.ready();
    expect(await redis.client.keys(`*${namespace}*j-*`)).toEqual([]);
    await redis.close();
  });

  it('does so with a handler that ignores its signal, which holds its slot no longer', async () => {
    const consumer = work(() => new Promise(() => undefined));
    const { id } = await jobs.enqueue(queue, {});
    await inState(id, 'active');
    await jobs.cancel(id);
    await inState(id, 'cancelled');
    await until(() => consumer.running === 0, WITHIN_MS);
    expect(outcomes).toEqual(['cancelled']);
  });

  it('has completed all the same when its handler still ends it', async () => {
    work(async ({ signal }) => {
      await untilAborted(signal).catch(() => undefined);
      return 'done';
    });
    const { id } = await jobs.enqueue(queue, {});
    await inState(id, 'active');
    await jobs.cancel(id);
    await inState(id, 'completed');
    expect((await jobs.find(id))?.job.result).toBe('done');
  });

  it('ends a job that fails before its worker has heard of it, and tries it no more', async () => {
    const go = Promise.withResolvers<void>();
    work(async () => {
      await go.promise;
      throw new Error('no');
    });
    const { id } = await jobs.enqueue(queue, {});
    await inState(id, 'active');
    await jobs.cancel(id);
    go.resolve();
    await inState(id, 'cancelled');
    await until(() => outcomes.length === 1, WITHIN_MS);
    expect(outcomes).toEqual(['cancelled']);
  });

  it('is heeded by the next worker where that of the job has gone', async () => {
    // Its next look for requests comes after all of this.
    const first = work(() => new Promise(() => undefined), 600_000);
    const { id } = await jobs.enqueue(queue, {});
    await inState(id, 'active');
    expect(await jobs.cancel(id)).toBe('requested');
    await first.close(0);
    // A fetch that was under way at its pause is let through, and finds the request too.
    expect(['waiting', 'cancelled']).toContain((await jobs.find(id))?.job.state);
    let runs = 0;
    work(async () => {
      runs += 1;
      return 'done';
    });
    await inState(id, 'cancelled');
    expect(runs).toBe(0);
  });
});
