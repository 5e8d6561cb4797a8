import { describe, expect, it } from '@jest/globals';
import { demoJob } from '@nestfleet/contracts';
import { defineQueue } from '../queue.ts';
import { memoryEffects } from './memory-effects.ts';
import { runHandler } from './run-handler.ts';

const queue = defineQueue(demoJob);

describe('runHandler', () => {
  it('answers result and progress', async () => {
    const ran = await runHandler(
      queue,
      async ({ payload, attempt, progress }) => {
        await progress(50);
        return { job: payload.job, value_key: String(attempt), written: '' };
      },
      { job: 'x' },
      { attempt: 3 },
    );
    expect(ran).toEqual({ result: { job: 'x', value_key: '3', written: '' }, progress: [50] });
  });

  it('refuses what the queue would refuse', async () => {
    const run = runHandler(queue, () => Promise.reject(new Error('never called')), { job: '' });
    await expect(run).rejects.toMatchObject({ code: 'invalid_payload' });
  });

  it('does an effect once over several attempts, and none for a job that was taken from its worker', async () => {
    const effects = memoryEffects();
    const run = (attempt: number, signal?: AbortSignal) =>
      runHandler(
        queue,
        async ({ payload, once }) => {
          const [count] = await once('counted', [{ incrBy: 'count' }]);
          return { job: payload.job, value_key: 'k', written: String(count) };
        },
        { job: 'x' },
        { attempt, effects, ...(signal === undefined ? {} : { signal }) },
      );
    for (const attempt of [1, 2]) expect((await run(attempt)).result.written).toBe('1');
    await expect(run(3, AbortSignal.abort(new Error('taken')))).rejects.toThrow('taken');
    expect(await effects.number('count')).toBe(1);
  });

  it('lets no handler report progress of a job that was taken from its worker', async () => {
    const signal = AbortSignal.abort(new Error('taken'));
    const run = runHandler(
      queue,
      ({ progress }) => progress(1).then(() => Promise.reject(new Error('went on'))),
      { job: 'x' },
      { signal },
    );
    await expect(run).rejects.toThrow('taken');
  });
});
