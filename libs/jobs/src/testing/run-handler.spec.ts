import { describe, expect, it } from '@jest/globals';
import { demoJob } from '@nestfleet/contracts';
import { defineQueue } from '../queue.ts';
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
