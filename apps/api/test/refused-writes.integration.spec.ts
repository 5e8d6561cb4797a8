import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startRedisServer } from '@nestfleet/state/testing';
import { until } from '@nestfleet/timing';
import { redisCommand } from './redis-link.ts';
import { json, open, opsToken, ownNamespace, problemOf } from './replica.ts';

const there = (process.env['NESTFLEET_REDIS_SERVER'] ?? '') !== '' || process.env['CI'] !== undefined;
if (!there) console.warn('NESTFLEET_REDIS_SERVER IS NOT SET: REFUSED WRITES ARE NOT TESTED');

const WITHIN_MS = 20_000;

interface Health {
  readonly status: string;
  readonly details: { readonly redis: { readonly status: string; readonly message: string } };
}

(there ? describe : describe.skip)('an api whose Redis refuses', () => {
  const closes: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  async function opened(settings: Record<string, string> = {}) {
    const server = await startRedisServer({ settings });
    closes.push(() => server.stop());
    const lines: string[] = [];
    const environment = { REDIS_URL: server.url, NAMESPACE: ownNamespace() };
    const replica = await open(environment, 'api-1', (line) => lines.push(line));
    closes.push(() => replica.close());
    const post = (url: string, payload: object, key: string) =>
      replica.app.inject({
        method: 'POST',
        url,
        headers: { ...json, authorization: `Bearer ${opsToken}`, 'idempotency-key': key },
        payload,
      });
    return {
      server,
      lines,
      app: replica.app,
      told: (...words: string[]) => redisCommand(server.url, ...words),
      count: (key = randomUUID()) => post('/counters/x', {}, key),
      enqueue: (key = randomUUID()) => post('/jobs', { name: 'demo', payload: { job: 'x' } }, key),
      redis: async () => {
        const { statusCode, body } = await replica.app.inject('/healthz');
        return { statusCode, ...(JSON.parse(body) as Health).details.redis };
      },
      eventsOf: (event: string) => lines.filter((line) => line.includes(`"${event}"`)).length,
    };
  }
  type Opened = Awaited<ReturnType<typeof opened>>;

  const noDisk = async ({ told, server }: Opened) => {
    await told('CONFIG', 'SET', 'save', '3600 1');
    await rm(server.dir, { recursive: true, force: true });
    await told('BGSAVE');
    await until(async () => (await told('INFO', 'persistence')).includes('rdb_last_bgsave_status:err'), WITHIN_MS);
  };
  const set =
    (...words: string[]) =>
    ({ told }: Opened) =>
      told('CONFIG', 'SET', ...words);

  const refuses = ['state_writes_refused', 'The shared store refuses writes', '1'];
  const answersWhile = new Map([
    ['READONLY', [refuses]],
    ['NOREPLICAS', [refuses]],
    ['MISCONF', [refuses]],
    // Both are true of a Redis that is full, and it is chance which is found first.
    ['OOM', [refuses, ['state_memory_low', 'The shared store is nearly full', '5']]],
  ]);
  it.each([
    [
      'READONLY',
      ({ told }: Opened) => told('REPLICAOF', '127.0.0.1', '1'),
      ({ told }: Opened) => told('REPLICAOF', 'NO', 'ONE'),
    ],
    ['OOM', set('maxmemory', '1'), set('maxmemory', '0')],
    ['NOREPLICAS', set('min-replicas-to-write', '1'), set('min-replicas-to-write', '0')],
    ['MISCONF', noDisk, set('stop-writes-on-bgsave-error', 'no')],
  ])(
    '%s: is a 503 that says so, keeps nothing, and shows on /healthz until it is over',
    async (word, refuse, heal) => {
      const api = await opened();
      const [countKey, jobKey] = [randomUUID(), randomUUID()];
      expect((await api.count()).json()).toMatchObject({ count: 1 });
      await refuse(api);
      for (const ask of [() => api.count(countKey), () => api.count(countKey), () => api.enqueue(jobKey)]) {
        const refused = await ask();
        expect(refused.statusCode).toBe(503);
        const { code, title } = problemOf(refused);
        expect(answersWhile.get(word)).toContainEqual([code, title, refused.headers['retry-after']]);
      }
      const health = await api.redis();
      expect(health).toMatchObject({ statusCode: 200, status: 'degraded' });
      expect(health.message).toContain(`${word}: `);
      expect((await api.app.inject('/readyz')).statusCode).toBe(200);
      expect((await api.app.inject('/counters/x')).json()).toMatchObject({ count: 1 });
      expect(api.eventsOf('redis.refuses')).toBe(1);

      await heal(api);
      await until(async () => (await api.redis()).status === 'up', WITHIN_MS);
      await until(async () => (await api.count(countKey)).statusCode === 200, WITHIN_MS);
      const again = await api.count(countKey);
      expect([again.headers['idempotency-replayed'], again.json()]).toEqual([
        'true',
        expect.objectContaining({ count: 2 }),
      ]);
      await until(async () => (await api.enqueue(jobKey)).statusCode === 202, WITHIN_MS);
      expect([api.eventsOf('redis.refuses'), api.eventsOf('redis.accepts')]).toEqual([1, 1]);
    },
    60_000,
  );

  it('scripts that Redis has lost are sent again, and nobody is told', async () => {
    const api = await opened();
    expect((await api.enqueue()).statusCode).toBe(202);
    await api.told('SCRIPT', 'FLUSH');
    const key = randomUUID();
    const enqueued = await api.enqueue(key);
    expect([enqueued.statusCode, enqueued.json()]).toEqual([202, expect.objectContaining({ outcome: 'created' })]);
    expect((await api.enqueue(key)).body).toBe(enqueued.body);
  });

  it('a permission that is lacking is a 503 that is not kept: with the same key it is done once there is one', async () => {
    const api = await opened();
    const [countKey, jobKey] = [randomUUID(), randomUUID()];
    await api.count();
    await api.enqueue();
    await api.told('ACL', 'SETUSER', 'default', '-incrby', '-zadd', '-hmset', '-rpush', '-lpush');
    const count = await api.count(countKey);
    expect([count.statusCode, problemOf(count).code]).toEqual([503, 'state_writes_refused']);
    const enqueue = await api.enqueue(jobKey);
    expect([enqueue.statusCode, problemOf(enqueue).code]).toEqual([503, 'jobs_writes_refused']);
    expect(await api.redis()).toMatchObject({ status: 'degraded', message: /NOPERM/ });
    await api.told('ACL', 'SETUSER', 'default', '+@all');
    for (const done of [await api.count(countKey), await api.enqueue(jobKey)]) {
      expect(done.statusCode).toBeLessThan(300);
      expect(done.headers['idempotency-replayed']).toBeUndefined();
    }
  });

  it.each(['xadd', 'lpush'])(
    'without the permission for %s jobs alone are refused, and /healthz says so',
    async (command) => {
      const api = await opened();
      await api.enqueue();
      await api.told('ACL', 'SETUSER', 'default', `-${command}`);
      const refused = await api.enqueue();
      expect([refused.statusCode, problemOf(refused).code]).toEqual([503, 'jobs_writes_refused']);
      // State uses neither of them: its connection has no reason to think so.
      expect((await api.count()).statusCode).toBe(200);
      expect(await api.redis()).toMatchObject({ statusCode: 200, status: 'degraded', message: /NOPERM/ });
      await api.told('ACL', 'SETUSER', 'default', '+@all');
      expect((await api.enqueue()).statusCode).toBe(202);
    },
  );

  it('BUSY is a 503 and keeps nothing', async () => {
    const api = await opened({ 'lua-time-limit': '50' });
    const key = randomUUID();
    const long = api.told('EVAL', 'while true do end', '0');
    await until(async () => (await api.redis()).message.includes('BUSY'), WITHIN_MS);
    const refused = await api.count(key);
    expect([refused.statusCode, problemOf(refused).code]).toEqual([503, 'state_unavailable']);
    await api.told('SCRIPT', 'KILL');
    await long;
    await until(async () => (await api.count(key)).statusCode === 200, WITHIN_MS);
    expect((await api.app.inject('/counters/x')).json()).toMatchObject({ count: 1 });
  });
});
