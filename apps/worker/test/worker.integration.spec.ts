import { randomBytes } from 'node:crypto';
import { demoValueKey } from '../src/demo/demo.handler.ts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Job, demoJob, flakyJob, primesJob } from '@nestfleet/contracts';
import { defineQueue, type Jobs, openJobs } from '@nestfleet/jobs';
import { JobConsumers } from '@nestfleet/jobs/nest';
import { createMetrics, identify, JobMetrics, Lifecycle, loadConfig, type Metrics } from '@nestfleet/service';
import { openState, type State } from '@nestfleet/state';
import { until } from '@nestfleet/timing';
import { Test, type TestingModule } from '@nestjs/testing';
import { workerConfig } from '../src/worker.config.ts';
import { WorkerModule } from '../src/worker.module.ts';

const redisUrl = process.env['REDIS_URL'];
const missing = redisUrl === undefined && process.env['CI'] === undefined;
if (missing) console.warn('SKIPPED worker: REDIS_URL IS NOT SET');

const demo = defineQueue(demoJob);
const primes = defineQueue(primesJob);
const flaky = defineQueue(flakyJob);

(missing ? describe.skip : describe)('worker module', () => {
  let jobs: Jobs;
  let state: State;
  let module: TestingModule;
  let consumers: JobConsumers;
  let registry: Metrics['registry'];
  const job = async (id: string): Promise<Job | undefined> => (await jobs.find(id))?.job;
  const inState = (id: string, wanted: Job['state']) =>
    until(async () => {
      const found = await job(id);
      return found?.state === wanted && found;
    }, 20_000);

  beforeEach(async () => {
    const store = { redisUrl: redisUrl ?? 'redis://127.0.0.1:1', namespace: `test-${randomBytes(6).toString('hex')}` };
    jobs = openJobs({ ...store, instanceName: 'worker-7' });
    state = openState(store);
    const machine = { hostname: 'test', pid: 1, nowMs: 0 };
    registry = createMetrics(identify('worker', '0', loadConfig(workerConfig, {}), machine), new Lifecycle()).registry;
    const parts = { state, jobs, metrics: new JobMetrics(registry) };
    module = await Test.createTestingModule({ imports: [WorkerModule.register(parts)] }).compile();
    await module.init();
    consumers = module.get(JobConsumers);
    await Promise.all([jobs.ready(), state.ready()]);
  });
  afterEach(async () => {
    await module?.close();
    await jobs?.close();
    await state?.close();
  });

  it('runs every kind of job, each seen by id and counted', async () => {
    consumers.start();
    const [d, p, f] = await Promise.all([
      jobs.enqueue(demo, { job: 'x' }),
      jobs.enqueue(primes, { below: 1_000_000 }),
      jobs.enqueue(flaky, { failures: 2 }),
    ]);
    expect(await inState(d.id, 'completed')).toMatchObject({
      progress: 100,
      processed_by: 'worker-7',
      result: { job: 'x', value_key: demoValueKey(d.id), written: 'written by worker-7' },
    });
    expect((await state.values.get(demoValueKey(d.id)))?.value).toBe('written by worker-7');
    expect((await inState(p.id, 'completed')).result).toMatchObject({ below: 1_000_000, primes: 78_498 });
    expect(await inState(f.id, 'completed')).toMatchObject({ attempts: 3, result: { attempts: 3 } });

    const metrics = await registry.metrics();
    const processed = (name: string, outcome: string) =>
      new RegExp(`nestfleet_jobs_processed_total\\{job="${name}",outcome="${outcome}",[^}]*\\} (\\d+)`).exec(
        metrics,
      )?.[1];
    expect([processed('demo', 'completed'), processed('primes', 'completed')]).toEqual(['1', '1']);
    expect([processed('flaky', 'retried'), processed('flaky', 'completed')]).toEqual(['2', '1']);
  });

  it('releases a count that takes too long when it shuts down', async () => {
    consumers.start();
    // Several: whoever stands still while one is counted still finds another under way.
    const all = Array.from({ length: 10 }, () => jobs.enqueue(primes, { below: 20_000_000 }));
    const ids = (await Promise.all(all)).map(({ id }) => id);
    await until(async () => (await Promise.all(ids.map(job))).some((one) => (one?.progress ?? 0) > 0), 20_000);
    await consumers.pause();
    await consumers.close(0);
    const left = (await Promise.all(ids.map(job))).filter((one) => one?.state !== 'completed');
    expect(left.length).toBeGreaterThan(0);
    for (const one of left) expect(one).toMatchObject({ state: 'waiting', attempts: 0, error: null });
  });
});
