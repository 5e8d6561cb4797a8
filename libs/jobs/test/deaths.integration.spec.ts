import { type ChildProcess, fork } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import type { Jobs } from '../src/index.ts';
import { mix, VISIBILITY_MS } from './mix.ts';
import { describeWith, openings, ownNamespace } from './servers.ts';

const WITHIN_MS = 90_000;
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';

describeWith('REDIS_URL', 'workers that die', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let admin: RedisConnection;
  let jobs: Jobs;
  let workers: ChildProcess[];
  let restarts: boolean;
  let deaths: number;
  let deathsMax: number;
  let starts: string[];

  const startWorker = (): void => {
    const settings = [redisUrl, namespace, `${deathsMax}`];
    const child = fork(`${import.meta.dirname}/mix-holder.ts`, settings, { execArgv: ['--no-warnings'] });
    workers.push(child);
    child.on('message', (id: string) => void starts.push(id));
    child.once('exit', () => {
      workers = workers.filter((each) => each !== child);
      if (!restarts) return;
      deaths += 1;
      startWorker();
    });
  };
  const stopWorkers = async () => {
    restarts = false;
    for (const child of workers) child.kill('SIGKILL');
    await until(() => workers.length === 0, WITHIN_MS);
  };
  const counts = async () => (await jobs.counts())['mix'];
  const enqueue = async (ms: number, poison = false) => (await jobs.enqueue(mix, { ms, poison })).id;

  const lettersOf = async (limit: number) => (await jobs.deadLetters({ limit })).jobs.map(({ job }) => job.id);

  beforeEach(async () => {
    namespace = ownNamespace();
    workers = [];
    starts = [];
    restarts = true;
    deaths = 0;
    deathsMax = 3;
    admin = connectRedis({ url: redisUrl, namespace });
    jobs = open({ namespace, queues: [mix], visibilityMs: VISIBILITY_MS });
    await Promise.all([admin.ready(), jobs.ready()]);
  });
  afterEach(async () => {
    await stopWorkers();
    await closeAll();
    await admin?.close();
  });

  it('one job that kills its worker is a dead letter, and takes none of the nine beside it along', async () => {
    const innocent = await Promise.all(Array.from({ length: 9 }, () => enqueue(2_000)));
    const poison = await enqueue(0, true);
    startWorker();
    await until(async () => (await counts())?.failed === 1 && (await counts())?.completed === 9, WITHIN_MS);
    await stopWorkers();
    for (const id of innocent) expect((await jobs.find(id))?.job.state).toBe('completed');
    expect((await jobs.find(poison))?.job).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('dead_letter') as unknown,
    });
    // Once beside the nine, three times alone.
    expect(deaths).toBe(4);
    expect(starts.filter((id) => id === poison)).toHaveLength(4);
    expect(await lettersOf(10)).toEqual([poison]);
    // One that has not failed, or not yet, takes no place in the list.
    const letters = `{${namespace}:mix}:ledger:dead-letters`;
    const now = Date.now();
    await admin.client.zadd(letters, now + 1, innocent[0]?.replace('mix.', 'j-') ?? '', now + 2, 'j-gone');
    expect(await lettersOf(1)).toEqual([poison]);
    await jobs.enqueue(mix, { ms: 1, poison: false }, { id: 'gone' });
    expect(await admin.client.zscore(letters, 'j-gone')).toBeNull();

    await expect(jobs.retry(innocent[0] ?? '')).rejects.toMatchObject({ code: 'job_not_failed', status: 409 });
    await expect(jobs.retry('mix.none')).rejects.toMatchObject({ code: 'job_not_found' });
    await jobs.retry(poison);
    expect(await lettersOf(10)).toEqual([]);
    jobs.consume(mix, async () => ({ ended: true }));
    await until(async () => (await jobs.find(poison))?.job.state === 'completed', WITHIN_MS);
  }, 120_000);

  it('kill -9 of a worker, 20 times: every job is done', async () => {
    // Whoever kills whatever runs alone makes a dead letter of it: here nobody is to blame.
    deathsMax = 20;
    const ids = await Promise.all(Array.from({ length: 60 }, (_none, n) => enqueue(100 + 10 * (n % 20))));
    startWorker();
    startWorker();
    for (let kills = 0; kills < 20; kills += 1) {
      const before = starts.length;
      const completed = (await counts())?.completed ?? 0;
      await until(async () => starts.length > before || ((await counts())?.completed ?? 0) > completed + 2, WITHIN_MS);
      workers[Math.floor(Math.random() * workers.length)]?.kill('SIGKILL');
      await until(() => deaths > kills && workers.length === 2, WITHIN_MS);
      if ((await counts())?.completed === ids.length) ids.push(await enqueue(100));
    }
    await until(async () => (await counts())?.completed === ids.length, WITHIN_MS);
    expect(await counts()).toMatchObject({ failed: 0, active: 0, waiting: 0 });
    expect(deaths).toBe(20);
  }, 240_000);

  it.each([
    ['', false],
    [', beside workers of before, who look for it each 30 s', true],
  ])(
    'takes the job of a dead worker within 1.5 of the visibility%s',
    async (_beside, isRolling) => {
      // It keeps all who use it from looking.
      if (isRolling) await admin.client.set(`{${namespace}:mix}:mix:stalled-check`, 'x', 'PX', 60_000);
      await enqueue(60_000);
      startWorker();
      await until(() => starts.length === 1, WITHIN_MS);
      restarts = false;
      jobs.consume(mix, async ({ jobId }) => {
        starts.push(jobId);
        return { ended: true };
      });
      workers[0]?.kill('SIGKILL');
      const killedMs = performance.now();
      await until(() => starts.length === 2, WITHIN_MS);
      const tookMs = performance.now() - killedMs;
      expect(tookMs).toBeGreaterThan(VISIBILITY_MS);
      // And what a busy machine adds.
      expect(tookMs).toBeLessThan(1.5 * VISIBILITY_MS + 500);
    },
    60_000,
  );
});
