import { type ChildProcess, fork } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import type { EffectWrite, Jobs } from '../src/index.ts';
import { counted, STEPS, type Step, VISIBILITY_MS } from './counted.ts';
import { cutAnswers } from './cut-answers.ts';
import { describeWith, openings, ownNamespace } from './servers.ts';

const WITHIN_MS = 90_000;
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';
/** What the whole of it asks for; less says the same in less time. */
const [JOBS, KILLS] = process.env['ALL'] === '1' ? [200, 50] : [80, 12];

const rejection = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (fault: unknown) => fault,
  );

describeWith('REDIS_URL', 'an effect of a job', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let admin: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    admin = connectRedis({ url: redisUrl, namespace });
    await admin.ready();
    jobs = open({ namespace, queues: [counted], visibilityMs: VISIBILITY_MS });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
  });

  const state = async (id: string) => (await jobs.find(id))?.job.state;
  const key = (name: string) => `{${namespace}:counted}:${name}`;
  /** Runs one job with the effects, one after the other, and answers what each of them gave. */
  async function answersOf(...effects: readonly EffectWrite[][]): Promise<unknown[]> {
    const answers: unknown[] = [];
    const consumer = jobs.consume(counted, async ({ once }) => {
      for (const [n, writes] of effects.entries()) answers.push(await once(`e${n}`, writes).catch((e: unknown) => e));
      return { total: 0 };
    });
    const { id } = await jobs.enqueue(counted, { n: 1 });
    await until(async () => (await state(id)) === 'completed', WITHIN_MS);
    await consumer.close(0);
    return answers;
  }

  it('is done once; a later attempt is answered as the first one was', async () => {
    const answers: (readonly number[])[] = [];
    jobs.consume(counted, async ({ once, attempt }) => {
      answers.push(await once('counted', [{ incrBy: 'total', by: 3 + attempt }]));
      // A job may wait for longer than the record beside it lasts.
      await admin.client.del(key('ledger:effects-of:1'));
      if (attempt < 3) throw new Error('not yet');
      return { total: 0 };
    });
    const { id } = await jobs.enqueue(counted, { n: 1 }, { id: '1' });
    await until(async () => (await state(id)) === 'completed', WITHIN_MS);
    expect(answers).toEqual([[4], [4], [4]]);
    expect(await jobs.effects(counted).number('total')).toBe(4);
  });

  it('is of all kinds, and read back as it was written', async () => {
    const exact = Number.MAX_SAFE_INTEGER;
    const answers = await answersOf(
      [
        { incrBy: 'n', by: exact },
        { set: 't', value: 'żó{x}\n' },
        { hset: 'h', fields: { a: '1', b: '' } },
      ],
      [
        { hincrBy: 'h', field: 'c', by: -2 },
        { sadd: 's', members: ['x', 'x'] },
      ],
      [{ del: 't' }, { del: 'none' }, { set: 'short', value: '', expireMs: 60_000 }],
    );
    expect(answers).toEqual([
      [exact, 1, 2],
      [-2, 1],
      [1, 0, 1],
    ]);
    const effects = jobs.effects(counted);
    expect(await effects.number('n')).toBe(exact);
    expect(await effects.text('t')).toBeUndefined();
    expect(await effects.text('short')).toBe('');
    expect(await effects.fields('h')).toEqual({ a: '1', b: '', c: '-2' });
    expect(await effects.members('s')).toEqual(['x']);
    expect(await effects.number('never')).toBe(0);
    expect(await admin.client.pttl(key('ledger:effect:short'))).toBeGreaterThan(0);
    expect(await admin.client.pttl(key('ledger:effect:n'))).toBe(-1);
    expect(() => jobs.effects({ name: 'other' })).toThrow(expect.objectContaining({ code: 'unknown_queue' }));
  });

  it('writes all of it or nothing', async () => {
    await admin.client.rpush(key('ledger:effect:list'), 'x');
    await admin.client.hset(key('ledger:effect:h'), 'words', 'x', 'float', '1.5', 'zeros', '007');
    await admin.client.set(key('ledger:effect:full'), String(Number.MAX_SAFE_INTEGER));
    const wrong: EffectWrite[] = [
      { incrBy: 'list' },
      { set: 'list', value: '' },
      { sadd: 'h', members: ['x'] },
      { hincrBy: 'h', field: 'words' },
      { hincrBy: 'h', field: 'float' },
      { hincrBy: 'h', field: 'zeros' },
      { incrBy: 'full' },
    ];
    const answers = await answersOf(...wrong.map((write): EffectWrite[] => [{ incrBy: 'total' }, write]));
    expect(answers).toEqual(wrong.map(() => expect.objectContaining({ code: 'invalid_effect' }) as unknown));
    expect(await jobs.effects(counted).number('total')).toBe(0);
  });

  it.each<[what: string, take: (job: string) => Promise<unknown>]>([
    ['another worker has its lock', (job) => admin.client.set(`${job}:lock`, 'of another', 'PX', 60_000)],
    ['the same worker has started it anew', (job) => admin.client.hincrby(job, 'ats', 1)],
  ])('is refused to an attempt that has lost its job: %s', async (_what, take) => {
    const faults: unknown[] = [];
    jobs.consume(counted, async ({ once }) => {
      await take(key('counted:j-1'));
      faults.push(await rejection(once('counted', [{ incrBy: 'total' }])));
      return { total: 0 };
    });
    await jobs.enqueue(counted, { n: 1 }, { id: '1' });
    await until(() => faults.length === 1, WITHIN_MS);
    expect(faults).toEqual([expect.objectContaining({ code: 'lock_lost' })]);
    expect(await jobs.effects(counted).number('total')).toBe(0);
  });

  it('is done by an attempt whose lock has expired, as long as nobody else has its job', async () => {
    const consumer = jobs.consume(counted, async ({ once }) => {
      await admin.client.del(key('counted:j-1:lock'));
      const [total = 0] = await once('counted', [{ incrBy: 'total' }]);
      return { total };
    });
    await jobs.enqueue(counted, { n: 1 }, { id: '1' });
    await until(async () => (await state('counted.1')) === 'completed', WITHIN_MS);
    await consumer.close(0);
    expect((await jobs.find('counted.1'))?.job.result).toEqual({ total: 1 });
  });

  it('is done once where its answer is lost', async () => {
    const proxy = await cutAnswers(redisUrl, /counted-once/);
    try {
      const worker = open({ namespace, redisUrl: proxy.url, queues: [counted], visibilityMs: VISIBILITY_MS });
      await worker.ready();
      worker.consume(counted, async ({ once }) => {
        const [total = 0] = await once('counted-once', [{ incrBy: 'total' }]);
        return { total };
      });
      const { id } = await jobs.enqueue(counted, { n: 1 });
      await until(async () => (await state(id)) === 'completed', WITHIN_MS);
      expect(proxy.cut).toBe(1);
      expect((await jobs.find(id))?.job.result).toEqual({ total: 1 });
      expect(await jobs.effects(counted).number('total')).toBe(1);
    } finally {
      await closeAll();
      await proxy.close();
    }
  });

  it('is known as long as its job, and for 24 h to another job of the same id', async () => {
    const consumer = jobs.consume(counted, async ({ once }) => {
      const [total = 0] = await once('counted', [{ incrBy: 'total' }]);
      return { total };
    });
    const run = async () => {
      await jobs.enqueue(counted, { n: 1 }, { id: '1' });
      await until(async () => (await state('counted.1')) === 'completed', WITHIN_MS);
    };
    await run();
    expect(await admin.client.pttl(key('ledger:effects-of:1'))).toBeGreaterThan(23 * 3_600_000);
    // As a producer does that does not know whether its job was enqueued, long after the job is gone.
    await admin.client.del(key('counted:j-1'));
    await admin.client.zrem(key('counted:completed'), 'j-1');
    await run();
    await consumer.close(0);
    expect((await jobs.find('counted.1'))?.job.result).toEqual({ total: 1 });
    expect(await jobs.effects(counted).number('total')).toBe(1);
  });

  it(`is done exactly once over ${KILLS} × kill -9 of a worker`, async () => {
    const workers = new Set<ChildProcess>();
    let restarts = true;
    let deaths = 0;
    let step: Step = 'begun';
    const startWorker = (): void => {
      const args = [redisUrl, namespace];
      const child = fork(`${import.meta.dirname}/counted-holder.ts`, args, { execArgv: ['--no-warnings'] });
      workers.add(child);
      child.on('message', (told) => {
        if (told !== step || deaths >= KILLS || child.killed) return;
        child.kill('SIGKILL');
      });
      child.once('exit', () => {
        workers.delete(child);
        deaths += 1;
        step = STEPS[Math.floor(Math.random() * STEPS.length)] ?? 'begun';
        if (restarts) startWorker();
      });
    };
    const numbers = Array.from({ length: JOBS }, (_none, n) => n);
    const completed = async () => (await jobs.counts())['counted']?.completed ?? 0;
    try {
      for (const n of numbers) await jobs.enqueue(counted, { n }, { id: String(n) });
      startWorker();
      startWorker();
      let more = JOBS;
      await until(async () => {
        // Whoever is quick enough to have done all of it gets one more.
        if ((await completed()) === numbers.length && deaths < KILLS) {
          numbers.push(more);
          await jobs.enqueue(counted, { n: more }, { id: String(more) });
          more += 1;
        }
        return deaths >= KILLS && (await completed()) === numbers.length;
      }, 9 * 60_000);
    } finally {
      restarts = false;
      for (const child of workers) child.kill('SIGKILL');
      await until(() => workers.size === 0, WITHIN_MS);
    }
    const effects = jobs.effects(counted);
    expect(await effects.number('total')).toBe(numbers.length);
    expect(await effects.fields('by-job')).toEqual(Object.fromEntries(numbers.map((n) => [String(n), '1'])));
    expect((await effects.members('jobs')).length).toBe(numbers.length);
    const results = await Promise.all(numbers.map(async (n) => (await jobs.find(`counted.${n}`))?.job.result));
    const totals = results.map((result) => counted.descriptor.result.parse(result).total);
    expect(totals.toSorted((a, b) => a - b)).toEqual(numbers.map((n) => n + 1));
    expect(await jobs.counts()).toMatchObject({ counted: { failed: 0, active: 0, waiting: 0 } });
  }, 600_000);
});
