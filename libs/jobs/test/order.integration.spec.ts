import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, describeWith, openings, ownNamespace } from './servers.ts';

const queue = defineQueue({
  name: 'ordered',
  version: 1,
  payload: z.string(),
  result: z.void(),
  attempts: 1,
  backoffMs: 1,
  concurrency: 1,
});

describeWith('REDIS_URL', 'when a job runs', () => {
  const { open, closeAll } = openings();
  let jobs: Jobs;
  let ran: string[];

  beforeEach(async () => {
    ran = [];
    jobs = open({ namespace: ownNamespace(), queues: [queue] });
    await jobs.ready();
  });
  afterEach(closeAll);

  const consume = (fails = false) =>
    jobs.consume(queue, async ({ payload }) => {
      ran.push(payload);
      if (fails) throw new Error('no');
    });

  it('is by priority, after those without one, and in the order of one priority', async () => {
    const last = await jobs.enqueue(queue, 'last', { priority: 2_097_151 });
    await jobs.enqueue(queue, 'third', { priority: 2 });
    await jobs.enqueue(queue, 'fourth', { priority: 2 });
    await jobs.enqueue(queue, 'second', { priority: 1 });
    await jobs.enqueue(queue, 'first');
    const gone = await jobs.enqueue(queue, 'gone', { priority: 1 });
    expect(await jobs.cancel(gone.id)).toBe('cancelled');
    expect((await jobs.find(last.id))?.job.state).toBe('waiting');
    consume();
    await until(() => ran.length === 5, WITHIN_MS);
    expect(ran).toEqual(['first', 'second', 'third', 'fourth', 'last']);
  });

  it('is by priority too when a failed job is put back', async () => {
    const failing = consume(true);
    const ids = [
      await jobs.enqueue(queue, 'low', { priority: 9 }),
      await jobs.enqueue(queue, 'high', { priority: 3 }),
    ].map(({ id }) => id);
    await until(async () => (await jobs.counts())['ordered']?.failed === 2, WITHIN_MS);
    await failing.close(1_000);
    ran = [];
    for (const id of ids) await jobs.retry(id);
    consume();
    await until(() => ran.length === 2, WITHIN_MS);
    expect(ran).toEqual(['high', 'low']);
  });

  it('is not before its delay', async () => {
    consume();
    const startedMs = performance.now();
    const { id } = await jobs.enqueue(queue, 'later', { delayMs: 700 });
    expect((await jobs.find(id))?.job.state).toBe('delayed');
    await jobs.enqueue(queue, 'now');
    await until(() => ran.length === 2, WITHIN_MS);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(690);
    expect(ran).toEqual(['now', 'later']);
  });

  it('refuses what is out of bounds, and enqueues nothing', async () => {
    await expect(jobs.enqueue(queue, 'x', { priority: 0 })).rejects.toMatchObject({ code: 'invalid_priority' });
    await expect(jobs.enqueue(queue, 'x', { delayMs: -1 })).rejects.toMatchObject({ code: 'invalid_delay' });
    expect(await jobs.counts()).toMatchObject({ ordered: { waiting: 0, delayed: 0 } });
  });
});
