import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, describeWith, openings, ownNamespace } from './servers.ts';

const queue = defineQueue({
  name: 'slow',
  version: 1,
  payload: z.strictObject({ hangs: z.boolean() }),
  result: z.string(),
  attempts: 2,
  backoffMs: 1,
  concurrency: 3,
  timeLimitMs: 200,
});

describeWith('REDIS_URL', 'the time limit of an attempt', () => {
  const { open, closeAll } = openings();
  let jobs: Jobs;

  beforeEach(async () => {
    jobs = open({ namespace: ownNamespace(), queues: [queue] });
    await jobs.ready();
  });
  afterEach(closeAll);

  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;

  it('frees the slots of handlers that ignore their signal, and tries again as after a failure', async () => {
    const outcomes: string[] = [];
    const reasons: unknown[] = [];
    const late: unknown[] = [];
    const go = Promise.withResolvers<void>();
    jobs.consume(
      queue,
      async ({ payload, signal, progress }) => {
        if (!payload.hangs) return 'well';
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        await go.promise;
        await progress(50).catch((fault: unknown) => late.push(fault));
        return 'late';
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
    const hung: string[] = [];
    for (let n = 0; n < 3; n += 1) hung.push((await jobs.enqueue(queue, { hangs: true })).id);
    await until(async () => (await jobs.counts())['slow']?.active === 3, WITHIN_MS);
    const { id } = await jobs.enqueue(queue, { hangs: false });
    await until(async () => (await stateOf(id)) === 'completed', WITHIN_MS);
    for (const each of hung) await until(async () => (await stateOf(each)) === 'failed', WITHIN_MS);

    const error = expect.stringContaining('time_limit') as unknown;
    for (const each of hung) expect((await jobs.find(each))?.job).toMatchObject({ attempts: 2, result: null, error });
    expect(outcomes.toSorted()).toEqual(['completed', ...hung.map(() => 'failed'), ...hung.map(() => 'retried')]);
    expect(reasons).toEqual(
      Array.from({ length: 6 }, () => expect.objectContaining({ code: 'time_limit' }) as unknown),
    );

    // What goes on changes nothing any more.
    go.resolve();
    await until(() => late.length === 6, WITHIN_MS);
    expect(late[0]).toMatchObject({ code: 'time_limit' });
    expect((await jobs.find(hung[0] ?? ''))?.job).toMatchObject({ state: 'failed', progress: 0, result: null });
  }, 60_000);
});
