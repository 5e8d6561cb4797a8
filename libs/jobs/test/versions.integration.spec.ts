import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { upcaster } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs, silentLog } from '../src/index.ts';
import { WITHIN_MS, describeWith, openings, ownNamespace } from './servers.ts';

const about = { name: 'mail', result: z.object({ sent: z.string() }), attempts: 1, backoffMs: 1, concurrency: 4 };
const first = z.strictObject({ address: z.string() });
const mail1 = defineQueue({ ...about, version: 1, payload: first });
const mail2 = defineQueue({
  ...about,
  version: 2,
  payload: z.strictObject({ to: z.string() }),
  upcast: { 1: upcaster(first, ({ address }) => ({ to: address })) },
});

describeWith('REDIS_URL', 'payload versions in a roll-out', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let lines: string[];
  let outcomes: string[];
  let producer1: Jobs;
  let producer2: Jobs;

  const settings = { onSettled: ({ outcome }: { outcome: string }) => void outcomes.push(outcome) };
  const warn = (_fields: object, message: string) => void lines.push(message);
  const oldWorker = () => {
    const jobs = open({ namespace, queues: [mail1], log: { ...silentLog, warn }, instanceName: 'old' });
    return jobs.consume(mail1, async ({ payload }) => ({ sent: payload.address }), settings);
  };
  const newWorker = () => {
    const jobs = open({ namespace, queues: [mail2], log: { ...silentLog, warn }, instanceName: 'new' });
    return jobs.consume(mail2, async ({ payload }) => ({ sent: payload.to }), settings);
  };
  const counts = async () => (await producer1.counts())['mail'];
  const completed = async (count: number) => {
    await until(async () => (await counts())?.completed === count, WITHIN_MS);
    await until(() => outcomes.length >= count, WITHIN_MS);
  };

  beforeEach(async () => {
    namespace = ownNamespace();
    [lines, outcomes] = [[], []];
    producer1 = open({ namespace, queues: [mail1] });
    producer2 = open({ namespace, queues: [mail2] });
    await Promise.all([producer1.ready(), producer2.ready()]);
  });
  afterEach(closeAll);

  it('a newer worker lifts what older producers enqueued', async () => {
    const { id } = await producer1.enqueue(mail1, { address: 'a' });
    newWorker();
    await completed(1);
    expect((await producer1.find(id))?.job).toMatchObject({ result: { sent: 'a' }, attempts: 1, payload_version: 1 });
    expect(outcomes).toEqual(['completed']);
  });

  it('jobs of newer producers wait while all workers are old, cost no attempt and hold nothing up', async () => {
    const newer = await Promise.all(
      Array.from({ length: 20 }, (_none, n) => producer2.enqueue(mail2, { to: `n${n}` })),
    );
    const old = oldWorker();
    const older = await producer1.enqueue(mail1, { address: 'o' });
    await completed(1);
    expect((await producer1.find(older.id))?.job.processed_by).toBe('old');
    // Offered again and again, and left again.
    const startedMs = performance.now();
    await until(() => performance.now() - startedMs > 3_000, WITHIN_MS);
    // One that is offered again is waiting for a moment.
    await until(async () => {
      const { delayed, waiting } = (await counts()) ?? {};
      return delayed === newer.length && waiting === 0;
    }, WITHIN_MS);
    expect(await counts()).toMatchObject({ completed: 1, failed: 0 });
    expect((await producer1.find(newer[0]?.id ?? ''))?.job).toMatchObject({ attempts: 0, error: null });
    expect(lines.filter((line) => line.includes('job'))).toEqual([
      'jobs of a newer payload version wait for a newer worker',
    ]);
    expect(outcomes).toEqual(['completed']);

    newWorker();
    await completed(newer.length + 1);
    expect(outcomes).toEqual(Array.from({ length: newer.length + 1 }, () => 'completed'));
    await old.close(0);
  });

  it('rolled forth and back under load, none fails', async () => {
    let enqueued = 0;
    const load = async () => {
      for (let n = 0; n < 20; n += 1) {
        await producer1.enqueue(mail1, { address: `o${n}` });
        await producer2.enqueue(mail2, { to: `n${n}` });
        enqueued += 2;
      }
    };
    const [a, b] = [oldWorker(), oldWorker()];
    await load();
    const c = newWorker();
    await a.close(1_000);
    await load();
    const d = newWorker();
    await b.close(1_000);
    await load();
    // Back, and forth again.
    const e = oldWorker();
    await Promise.all([c.close(1_000), d.close(1_000)]);
    await load();
    newWorker();
    await completed(enqueued);
    await e.close(1_000);
    expect(await counts()).toMatchObject({ failed: 0, waiting: 0, delayed: 0 });
    expect(new Set(outcomes)).toEqual(new Set(['completed']));
    expect(outcomes).toHaveLength(enqueued);
  }, 60_000);
});
