import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { startRedisServer } from '@nestfleet/state/testing';
import { redisCommand } from './redis-link.ts';
import { json, open, openWithoutWaiting, opsToken, ownNamespace, problemOf } from './replica.ts';

const there = (process.env['NESTFLEET_REDIS_SERVER'] ?? '') !== '' || process.env['CI'] !== undefined;
if (!there) console.warn('NESTFLEET_REDIS_SERVER IS NOT SET: REFUSALS OF REDIS ARE NOT TESTED');

const WITHIN_MS = 20_000;
const PASSWORD = 'of-this-test';

(there ? describe : describe.skip)('an api that Redis lets in no more', () => {
  const closes: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  async function startRedis() {
    const server = await startRedisServer();
    closes.push(() => server.stop());
    const admin = (...words: string[]) => redisCommand(server.url, ...words);
    await admin('ACL', 'SETUSER', 'app', 'reset', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
    const environment = {
      REDIS_URL: server.url.replace('://', `://app:${PASSWORD}@`),
      NAMESPACE: ownNamespace(),
    };
    return { admin, environment };
  }

  it('stays routable, answers 503 and says that it is degraded, until it is let in again', async () => {
    const { admin, environment } = await startRedis();
    const lines: string[] = [];
    const replica = await open(environment, 'api-1', (line) => lines.push(line));
    closes.push(() => replica.close());
    const count = () => replica.app.inject({ method: 'POST', url: '/counters/x', headers: json, payload: {} });
    const enqueue = () =>
      replica.app.inject({
        method: 'POST',
        url: '/jobs',
        headers: { ...json, authorization: `Bearer ${opsToken}` },
        payload: { name: 'demo', payload: { job: 'x' } },
      });
    /** What `/healthz` says of Redis; Consul is unreachable here all the time. */
    const redisHealth = async () => {
      const { statusCode, body } = await replica.app.inject('/healthz');
      const { status, details } = JSON.parse(body) as { status: string; details: { redis: { status: string } } };
      return [statusCode, status, details.redis.status];
    };
    expect((await count()).json()).toMatchObject({ count: 1 });
    expect(await redisHealth()).toEqual([200, 'degraded', 'up']);

    await admin('ACL', 'SETUSER', 'app', 'off');
    await admin('CLIENT', 'KILL', 'USER', 'app');
    await until(() => lines.some((line) => line.includes('WRONGPASS')), WITHIN_MS);
    for (const ask of [count, enqueue]) {
      const refused = await ask();
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
      expect(problemOf(refused).code).toMatch(/^(state|jobs)_unavailable$/);
    }
    expect(await redisHealth()).toEqual([200, 'degraded', 'degraded']);
    expect((await replica.app.inject('/readyz')).statusCode).toBe(200);
    expect(lines.join('')).not.toContain(PASSWORD);

    await admin('ACL', 'SETUSER', 'app', 'on');
    await until(async () => (await count()).statusCode === 200, WITHIN_MS);
    await until(async () => (await enqueue()).statusCode === 202, WITHIN_MS);
    expect((await count()).json()).toMatchObject({ count: 3 });
    // Its clients are let in one after the other.
    await until(async () => (await redisHealth())[2] === 'up', WITHIN_MS);
  });

  it.each([
    ['a database that there is not', (url: string) => `${url}/99`, /DB index is out of range/],
    ['a wrong password', (url: string) => url.replace(PASSWORD, 'another'), /WRONGPASS/],
  ])('from the beginning, for %s, is never ready and writes nowhere', async (_what, spelled, words) => {
    const { admin, environment } = await startRedis();
    const lines: string[] = [];
    const replica = await openWithoutWaiting(
      { ...environment, REDIS_URL: spelled(environment.REDIS_URL) },
      'api-1',
      (line) => lines.push(line),
    );
    closes.push(() => replica.close());
    const ready = replica.ready().catch(() => undefined);
    await until(() => words.test(lines.join('')), WITHIN_MS);
    expect((await replica.app.inject('/readyz')).statusCode).toBe(503);
    const refused = await replica.app.inject({
      method: 'PUT',
      url: '/values/k',
      headers: json,
      payload: { value: 'v' },
    });
    expect(refused.statusCode).toBe(503);
    expect(await admin('DBSIZE')).toBe(':0\r\n');
    await closes.pop()?.();
    await ready;
  });
});
