import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { defineQueue, type Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

/** Its worker asks for nothing while it runs one. */
const single = defineQueue({ ...demo.descriptor, concurrency: 1 });
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });
const abortOf = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describeWith('REDIS_URL', 'a worker that shuts down', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let jobs: Jobs;
  const job = async (id: string) => (await jobs.find(id))?.job;

  async function fetchIsOpen(instanceName: string): Promise<boolean> {
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    try {
      await redis.ready();
      const clients = await redis.run((client) => client.client('LIST'));
      return String(clients)
        .split('\n')
        .some(
          (line) =>
            line.includes(`${namespace}:demo}`) && line.includes(`w:${instanceName} `) && / flags=\S*b/.test(line),
        );
    } finally {
      await redis.close();
    }
  }

  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace });
    await jobs.ready();
  });
  afterEach(closeAll);

  it('finishes what it can and releases the rest to another worker at once', async () => {
    const first = open({ namespace, instanceName: 'first' });
    const outcomes: string[] = [];
    const begun = Promise.withResolvers<void>();
    const closing = first.consume(
      demo,
      async ({ signal }) => {
        begun.resolve();
        return abortOf(signal);
      },
      { onSettled: ({ outcome }) => outcomes.push(outcome) },
    );
    const { id } = await jobs.enqueue(demo, { job: 'endless' });
    await begun.promise;

    await closing.close(100);
    expect(outcomes).toEqual(['released']);
    expect(await job(id)).toMatchObject({ state: 'waiting', attempts: 0, error: null });

    jobs.consume(demo, async ({ payload, attempt }) => done(`${payload.job} ${attempt}`));
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    // The interrupted attempt does not count.
    expect(await job(id)).toMatchObject({ attempts: 1, result: done('endless 1') });
  });

  it('releases also what ignores its signal, and ignores its late result', async () => {
    const late = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const closing = open({ namespace }).consume(demo, async () => {
      begun.resolve();
      await late.promise;
      return done('late');
    });
    const { id } = await jobs.enqueue(demo, { job: 'deaf' });
    await begun.promise;
    await closing.close(50);
    jobs.consume(demo, async () => done('second'));
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    late.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await job(id)).toMatchObject({ result: done('second') });
  });

  it('wakes another worker for a released job that has a priority', async () => {
    const begun = Promise.withResolvers<void>();
    const closing = open({ namespace, queues: [single] }).consume(single, async ({ signal }) => {
      begun.resolve();
      return abortOf(signal);
    });
    const { id } = await jobs.enqueue(demo, { job: 'x' }, { priority: 7 });
    await begun.promise;
    open({ namespace, instanceName: 'other' }).consume(demo, async () => done('there'));
    await until(() => fetchIsOpen('other'), WITHIN_MS);
    await closing.close(0);
    const startMs = performance.now();
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    // Unless it is woken it looks by itself after 5 s.
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it('lets a running job end within its time', async () => {
    const [go, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const closing = open({ namespace }).consume(demo, async () => {
      begun.resolve();
      await go.promise;
      return done('in time');
    });
    const { id } = await jobs.enqueue(demo, { job: 'x' });
    // Redis calls it active before its handler has begun.
    await begun.promise;
    const closed = closing.close(WITHIN_MS);
    go.resolve();
    await closed;
    expect(await job(id)).toMatchObject({ state: 'completed', result: done('in time') });
  });

  it('takes no new job once paused, not even the one its open fetch brings', async () => {
    const ran: string[] = [];
    const pausing = open({ namespace, instanceName: 'pausing' });
    const consumer = pausing.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    const before = await jobs.enqueue(demo, { job: 'before' });
    await until(async () => (await job(before.id))?.state === 'completed', WITHIN_MS);
    await until(() => fetchIsOpen('pausing'), WITHIN_MS);
    await consumer.pause();
    const { id } = await jobs.enqueue(demo, { job: 'after' });
    // The open fetch takes it, and must put it back.
    await until(
      async () => (await job(id))?.processed_by === 'pausing' && (await job(id))?.state === 'waiting',
      WITHIN_MS,
    );
    expect(ran).toEqual(['before']);
    const other = open({ namespace, instanceName: 'other' });
    other.consume(demo, async ({ payload }) => done(payload.job));
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    expect(await job(id)).toMatchObject({ processed_by: 'other', attempts: 1 });
  });

  it('takes jobs again once resumed, idle or busy when it was paused', async () => {
    const pausing = open({ namespace, instanceName: 'pausing' });
    const go = Promise.withResolvers<void>();
    const consumer = pausing.consume(demo, async ({ payload }) => {
      if (payload.job === 'long') await go.promise;
      return done(payload.job);
    });
    const idle = await jobs.enqueue(demo, { job: 'idle' });
    await until(async () => (await job(idle.id))?.state === 'completed', WITHIN_MS);
    await until(() => fetchIsOpen('pausing'), WITHIN_MS);
    for (const name of ['first', 'long']) {
      await consumer.pause();
      const { id } = await jobs.enqueue(demo, { job: name });
      // While idle the open fetch takes it and puts it back; while busy nothing touches it.
      await until(async () => (await job(id))?.state === 'waiting', WITHIN_MS);
      await consumer.resume();
      if (name === 'long') await until(() => consumer.running === 1, WITHIN_MS);
      else await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    }
    await consumer.pause();
    const behind = await jobs.enqueue(demo, { job: 'behind' });
    await consumer.resume();
    await until(async () => (await job(behind.id))?.state === 'completed', WITHIN_MS);
    await until(() => consumer.running === 1, WITHIN_MS);
    go.resolve();
    await until(() => consumer.running === 0, WITHIN_MS);
    expect(await job(behind.id)).toMatchObject({ processed_by: 'pausing', attempts: 1 });
  });

  it('does not take jobs again once it closes', async () => {
    const pausing = open({ namespace, instanceName: 'pausing' });
    const ran: string[] = [];
    const consumer = pausing.consume(demo, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    const closed = consumer.close(1_000);
    await consumer.resume();
    await closed;
    const { id } = await jobs.enqueue(demo, { job: 'late' });
    expect(await job(id)).toMatchObject({ state: 'waiting' });
    expect(ran).toEqual([]);
  });
});
