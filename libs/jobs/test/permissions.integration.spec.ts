import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection, SCRIPT_COMMANDS } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import { describeWith, openings, ownNamespace, WITHIN_MS } from './servers.ts';

const numbered = defineQueue({
  name: 'numbered',
  version: 1,
  payload: z.object({ n: z.number() }),
  result: z.object({}),
  attempts: 1,
  backoffMs: 100,
  concurrency: 3,
});
const JOBS = 12;
/** Some rounds of a consumer's back-off. */
const DENIED_FOR_MS = 3_000;
const commands = [...SCRIPT_COMMANDS].flatMap(([name, kind]) => (kind === 'writes' ? [name] : []));

const isRefused = (work: Promise<unknown>) =>
  work.then(
    () => false,
    () => true,
  );

describeWith('NESTFLEET_REDIS_SERVER', 'jobs whose user of Redis lacks one command', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let server: RedisServer;
  let admin: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    server = await startRedisServer({ settings: { 'enable-debug-command': 'yes' } });
    admin = connectRedis({ url: server.url, namespace });
    await admin.ready();
    await rules('reset', 'on', 'nopass', '~*', '&*', '+@all');
    const redisUrl = server.url.replace('://', '://app:any@');
    jobs = open({ namespace, redisUrl, queues: [numbered], visibilityMs: 10_000 });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
    await server?.stop();
  });

  const rules = (...each: string[]) => admin.client.call('ACL', 'SETUSER', 'app', ...each);
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
  /** All keys of the queue, with a digest of what they hold; but for the one that goes by itself, some time after the last worker. */
  async function stored(): Promise<string> {
    const { client } = admin;
    const all = await client.keys(`{${namespace}:numbered}*`);
    const keys = all.filter((key) => !key.endsWith(':stalled-check')).toSorted();
    const dumps = keys.map(async (key) => [key, await client.call('DEBUG', 'DIGEST-VALUE', key)]);
    return JSON.stringify(await Promise.all(dumps));
  }

  it('an enqueue, a cancel and a retry are done whole or not at all, and done when they are asked for again', async () => {
    const failing = jobs.consume(numbered, () => Promise.reject(new Error('it fails')));
    const failed = await Promise.all(commands.map((_name, n) => jobs.enqueue(numbered, { n }, { owner: 'me' })));
    await until(async () => (await jobs.counts())['numbered']?.failed === commands.length, WITHIN_MS);
    await failing.close(0);
    const halves: string[] = [];
    let refused = 0;
    for (const [n, command] of commands.entries()) {
      const options = { id: `id-${n}`, idempotencyToken: `token-${n}`, owner: 'me' };
      const waiting = await jobs.enqueue(numbered, { n });
      const operations: [string, () => Promise<unknown>][] = [
        ['enqueue', () => jobs.enqueue(numbered, { n }, options)],
        ['cancel', () => jobs.cancel(waiting.id)],
        ['retry', () => jobs.retry(failed[n]!.id, { idempotencyToken: 'again' })],
      ];
      for (const [name, work] of operations) {
        const before = await stored();
        await rules(`-${command}`);
        const wasRefused = await isRefused(work());
        if (wasRefused && (await stored()) !== before) halves.push(`${name} without ${command}`);
        await rules(`+${command}`);
        refused += Number(wasRefused);
        if (wasRefused) await work();
      }
    }
    expect(halves).toEqual([]);
    expect(refused).toBeGreaterThan(10);
    // Each that was accepted is in the queue: those with an id, and the retried ones.
    const ran = new Set<string>();
    jobs.consume(numbered, ({ jobId }) => {
      ran.add(jobId);
      return Promise.resolve({});
    });
    const accepted = [...failed.map(({ id }) => id), ...commands.map((_name, n) => `numbered.id-${n}`)];
    await until(() => accepted.every((id) => ran.has(id)), WITHIN_MS);
  }, 120_000);

  it.each(['zadd', 'hincrby', 'lrem', 'sadd', 'xadd', 'hget'])(
    'workers lose no job, run none twice and do no effect by halves without %s',
    async (command) => {
      const runs = new Map<number, number>();
      const denied = Promise.withResolvers<void>();
      jobs.consume(numbered, async ({ payload: { n }, once }) => {
        runs.set(n, (runs.get(n) ?? 0) + 1);
        await denied.promise;
        await once('e', [{ incrBy: 'sum' }, { sadd: 'seen', members: [String(n)] }]);
        return {};
      });
      const enqueued: string[] = [];
      for (let n = 0; n < JOBS; n += 1) enqueued.push((await jobs.enqueue(numbered, { n })).id);
      await until(() => runs.size > 0, WITHIN_MS);
      await rules(`-${command}`);
      denied.resolve();
      const deniedMs = performance.now();
      await until(() => performance.now() - deniedMs > DENIED_FOR_MS, WITHIN_MS);
      await rules(`+${command}`);
      await until(async () => {
        const states = await Promise.all(enqueued.map(stateOf));
        return states.every((state) => state === 'completed');
      }, WITHIN_MS);
      expect([...runs.values()]).toEqual(Array.from({ length: JOBS }, () => 1));
      const effects = jobs.effects(numbered);
      expect([await effects.number('sum'), (await effects.members('seen')).length]).toEqual([JOBS, JOBS]);
    },
    60_000,
  );

  it('an effect that an older release left half done is refused with words', async () => {
    const { id } = await jobs.enqueue(numbered, { n: 1 }, { id: 'a' });
    const [key = ''] = (await admin.client.keys(`{${namespace}:numbered}*`)).filter((each) => each.endsWith(':j-a'));
    await admin.client.hset(key, 'nf:effect:e', '');
    jobs.consume(numbered, async ({ once }) => {
      await once('e', [{ incrBy: 'sum' }]);
      return {};
    });
    await until(async () => (await stateOf(id)) === 'failed', WITHIN_MS);
    expect((await jobs.find(id))?.job.error).toContain('stopped half-way before');
    expect(await jobs.effects(numbered).number('sum')).toBe(0);
  });
});
