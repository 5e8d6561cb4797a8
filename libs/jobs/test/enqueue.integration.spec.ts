import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { job as jobSchema } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import type { ConsumeOptions } from '../src/consumer.ts';
import { WITHIN_MS, demo, describeWith, flaky, openings, ownNamespace } from './servers.ts';

const demoResult = (job: string) => ({ job, value_key: 'k', written: 'w' });

describeWith('REDIS_URL', 'enqueue and run', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let jobs: Jobs;
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
  const finished = (id: string) => until(async () => (await stateOf(id)) === 'completed', WITHIN_MS);

  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace, instanceName: 'worker-1' });
    await jobs.ready();
  });
  afterEach(closeAll);

  it('runs a job in another process’ connection and shows every step of it', async () => {
    const go = Promise.withResolvers<void>();
    const lines: object[] = [];
    const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
    const worker = open({
      namespace,
      instanceName: 'worker-2',
      log: { ...log, info: (fields) => void lines.push(fields) },
    });
    const settled: unknown[] = [];
    const { id, outcome } = await jobs.enqueue(demo, { job: 'x' }, { owner: 'me', requestId: 'req-1' });
    expect(outcome).toBe('created');
    expect((await jobs.find(id))?.job).toMatchObject({ id, name: 'demo', state: 'waiting', attempts: 0, progress: 0 });

    const seen: unknown[] = [];
    worker.consume(
      demo,
      async ({ payload, attempt, requestId, jobId, instanceName, progress, log: jobLog }) => {
        seen.push({ payload, attempt, requestId, jobId, instanceName });
        jobLog.info({ step: 1 }, 'half');
        await progress(50);
        await go.promise;
        return demoResult(payload.job);
      },
      { onSettled: (attempt) => settled.push(attempt) },
    );
    await until(async () => (await jobs.find(id))?.job.progress === 50, WITHIN_MS);
    expect((await jobs.find(id))?.job).toMatchObject({ state: 'active', attempts: 1, processed_by: 'worker-2' });
    expect(await jobs.counts()).toMatchObject({ demo: { active: 1, waiting: 0 } });
    go.resolve();
    await finished(id);

    const record = await jobs.find(id);
    expect(record).toEqual({
      owner: 'me',
      job: {
        id,
        name: 'demo',
        state: 'completed',
        progress: 100,
        attempts: 1,
        processed_by: 'worker-2',
        result: demoResult('x'),
        error: null,
        payload_version: 1,
      },
    });
    expect(jobSchema.safeParse(record?.job).success).toBe(true);
    expect(seen).toEqual([
      { payload: { job: 'x' }, attempt: 1, requestId: 'req-1', jobId: id, instanceName: 'worker-2' },
    ]);
    expect(settled).toEqual([{ name: 'demo', outcome: 'completed', durationMs: expect.any(Number) }]);
    expect(lines).toContainEqual(expect.objectContaining({ step: 1, request_id: 'req-1', job_id: id, attempt: 1 }));
    expect(await jobs.counts()).toMatchObject({ demo: { active: 0, completed: 1 } });
  });

  it('tries a failing job again with back-off until it works', async () => {
    const outcomes: string[] = [];
    const atMs: number[] = [];
    jobs.consume(
      flaky,
      async ({ payload, attempt }) => {
        atMs.push(performance.now());
        if (attempt <= payload.failures) throw new Error(`no luck ${attempt}`);
        return { attempts: attempt };
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
    const { id } = await jobs.enqueue(flaky, { failures: 2 });
    await finished(id);
    expect((await jobs.find(id))?.job).toMatchObject({ attempts: 3, result: { attempts: 3 }, error: 'no luck 2' });
    expect(outcomes).toEqual(['retried', 'retried', 'completed']);
    const [first = 0, second = 0, third = 0] = atMs;
    expect(second - first).toBeGreaterThanOrEqual(24);
    expect(third - second).toBeGreaterThanOrEqual(49);
  });

  it('fails a job for good after its last attempt', async () => {
    const outcomes: string[] = [];
    const onSettled: ConsumeOptions['onSettled'] = ({ outcome }) => outcomes.push(outcome);
    jobs.consume(flaky, () => Promise.reject(new Error('never')), { onSettled });
    const { id } = await jobs.enqueue(flaky, {});
    await until(async () => (await stateOf(id)) === 'failed', WITHIN_MS);
    expect((await jobs.find(id))?.job).toMatchObject({ attempts: 5, error: 'never', result: null });
    expect(outcomes).toEqual(['retried', 'retried', 'retried', 'retried', 'failed']);
    await expect(jobs.cancel(id)).rejects.toMatchObject({ code: 'job_finished' });
  });

  it('keeps no result that the schema does not know, and does not do the work again', async () => {
    const outcomes: string[] = [];
    const strict = defineQueue({ ...demo.descriptor, result: z.object({ sent: z.boolean() }) });
    const mine = open({ namespace, queues: [strict] });
    const answers: unknown[] = [{ sent: 'perhaps' }, undefined, { sent: true, more: 'than is told' }];
    mine.consume(strict, async () => answers.shift() as { sent: boolean }, {
      onSettled: ({ outcome }) => outcomes.push(outcome),
    });
    const ids: string[] = [];
    for (const count of [1, 2, 3]) {
      ids.push((await jobs.enqueue(demo, { job: 'x' })).id);
      await until(() => outcomes.length === count, WITHIN_MS);
    }
    expect(outcomes).toEqual(['failed', 'failed', 'completed']);
    const found = await Promise.all(ids.map(async (id) => (await jobs.find(id))?.job));
    expect(found[0]).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: expect.stringContaining('sent: ') as unknown,
    });
    expect(found[1]).toMatchObject({ state: 'failed', error: expect.stringContaining('invalid_result') as unknown });
    expect(found[2]).toMatchObject({ state: 'completed', result: { sent: true } });
  });

  it('keeps no result that is too long', async () => {
    const big = defineQueue({ ...demo.descriptor, result: z.string(), resultMaxBytes: 1_000 });
    const mine = open({ namespace, queues: [big] });
    mine.consume(big, async () => 'x'.repeat(999));
    const { id } = await jobs.enqueue(demo, { job: 'x' });
    await until(async () => (await stateOf(id)) === 'failed', WITHIN_MS);
    expect((await jobs.find(id))?.job).toMatchObject({
      attempts: 1,
      result: null,
      error: 'Result of demo has 1001 bytes, 1000 at most (result_too_large)',
    });
  });

  it('refuses a payload at the enqueue', async () => {
    await expect(jobs.enqueue(demo, { job: '' })).rejects.toMatchObject({
      code: 'invalid_payload',
      issues: [{ path: 'job' }],
    });
    const long = defineQueue({ ...demo.descriptor, payload: z.strictObject({ job: z.string() }) });
    await expect(jobs.enqueue(long, { job: 'x'.repeat(1_048_576) })).rejects.toMatchObject({
      code: 'payload_too_large',
      status: 413,
    });
  });

  it('refuses a queue that it was not given', async () => {
    const mine = open({ namespace, queues: [flaky] });
    await expect(mine.enqueue(demo, { job: 'x' })).rejects.toMatchObject({ code: 'unknown_queue' });
    expect(() => mine.consume(demo, async () => demoResult('x'))).toThrow(/unknown_queue/);
  });
});
