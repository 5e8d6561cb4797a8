import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type BeforeApplicationShutdown, type DynamicModule, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { JobContextOf, Jobs, JobQueue } from '../src/index.ts';
import { InjectQueue, JobsHealthIndicator, JobsModule, jobsToken, Processor } from '../src/nest.ts';
import { demo, describeWith, openings, ownNamespace, WITHIN_MS } from './servers.ts';

type Demo = JobContextOf<typeof demo>;
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

/** What a test does with the jobs of one application. */
class Work {
  readonly begun: string[] = [];
  readonly go = Promise.withResolvers<void>();
  readonly aborted: unknown[] = [];

  async run({ payload, signal, progress, attempt }: Demo) {
    this.begun.push(payload.job);
    await progress(50);
    if (payload.job !== 'long') return done(`${payload.job} ${attempt}`);
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => {
      this.aborted.push(signal.reason);
      reject(signal.reason as Error);
    });
    await Promise.race([this.go.promise, promise]);
    return done(`long ${attempt}`);
  }
}

@Processor(demo)
class DemoProcessor {
  constructor(private readonly work: Work) {}

  process(context: Demo) {
    return this.work.run(context);
  }
}

/** Enqueues a job while the application shuts down, behind the first of Nest's hooks. */
@Injectable()
class LastWords implements BeforeApplicationShutdown {
  id = '';

  constructor(@InjectQueue(demo) private readonly queue: JobQueue<typeof demo>) {}

  async beforeApplicationShutdown(): Promise<void> {
    ({ id: this.id } = await this.queue.enqueue({ job: 'last' }));
    await this.meanwhile();
  }

  meanwhile: () => Promise<void> = async () => undefined;
}

@Module({})
class AppModule {}

const appOf = (work: Work, jobs: DynamicModule): DynamicModule => ({
  module: AppModule,
  imports: [jobs],
  providers: [{ provide: Work, useValue: work }, DemoProcessor, LastWords],
});

describeWith('REDIS_URL', 'a Nest application with a processor', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let jobs: Jobs;
  const closing: (() => Promise<void>)[] = [];
  const job = async (id: string) => (await jobs.find(id))?.job;

  async function started(shutdownTimeoutMs: number, instanceName = 'nest') {
    const work = new Work();
    const redisUrl = process.env['REDIS_URL'] ?? '';
    const module = JobsModule.forRootAsync({
      queues: [demo],
      useFactory: async () => ({ redisUrl, namespace, instanceName, shutdownTimeoutMs }),
    });
    const app = await NestFactory.createApplicationContext(appOf(work, module), {
      logger: false,
      abortOnError: false,
    });
    closing.push(() => app.close());
    return { app, work, lastWords: app.get(LastWords) };
  }

  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace, queues: [demo] });
    await jobs.ready();
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
    await closeAll();
  });

  it('runs a job that it enqueues as soon as it has started', async () => {
    const { app } = await started(1_000);
    const own = app.get<Jobs>(jobsToken());
    const { id } = await own.enqueue(demo, { job: 'quick' });
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    expect(await job(id)).toMatchObject({ result: done('quick 1'), processed_by: 'nest' });
    const health = { status: 'up', ping_ms: expect.any(Number), running: expect.any(Number) };
    expect(await app.get(JobsHealthIndicator).isHealthy()).toEqual({ jobs: health });
  });

  it('lets a job end when it closes, and then has closed its connections', async () => {
    const { app, work } = await started(WITHIN_MS);
    const { id } = await jobs.enqueue(demo, { job: 'long' });
    await until(() => work.begun.length === 1, WITHIN_MS);
    const closed = app.close();
    work.go.resolve();
    await closed;
    expect(await job(id)).toMatchObject({ state: 'completed', result: done('long 1') });
    await expect(app.get<Jobs>(jobsToken()).enqueue(demo, { job: 'x' })).rejects.toMatchObject({
      code: 'jobs_unavailable',
    });
  });

  it('releases what does not end in its time, and another one has it long before the lock would have expired', async () => {
    const first = await started(50, 'first');
    const { id } = await jobs.enqueue(demo, { job: 'long' });
    await until(() => first.work.begun.length === 1, WITHIN_MS);
    const second = await started(50, 'second');
    second.work.go.resolve();
    await first.app.close();
    expect(first.work.aborted).toMatchObject([{ code: 'worker_shutdown' }]);
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    // The attempt that was cut does not count.
    expect(await job(id)).toMatchObject({ processed_by: 'second', attempts: 1, result: done('long 1') });
  });

  it('takes no job any more while it shuts down, while requests may still enqueue', async () => {
    const first = await started(50, 'first');
    const { id } = await jobs.enqueue(demo, { job: 'quick' });
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    first.lastWords.meanwhile = async () => {
      await started(50, 'second');
      await until(async () => (await job(first.lastWords.id))?.state === 'completed', WITHIN_MS);
    };
    await first.app.close();
    expect(first.work.begun).toEqual(['quick']);
    expect(await job(first.lastWords.id)).toMatchObject({ processed_by: 'second', attempts: 1 });
  });
});
