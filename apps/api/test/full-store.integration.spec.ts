import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedisServer } from '@nestfleet/state/testing';
import { until } from '@nestfleet/timing';
import { redisCommand } from './redis-link.ts';
import { open, ownNamespace, problemOf, type Replica } from './replica.ts';
import { type Ask, Visitor } from './visitor.ts';

const there = (process.env['NESTFLEET_REDIS_SERVER'] ?? '') !== '' || process.env['CI'] !== undefined;
if (!there) console.warn('NESTFLEET_REDIS_SERVER IS NOT SET: A STORE THAT GETS FULL IS NOT TESTED');

const WITHIN_MS = 20_000;
const enqueue = (key?: string): Ask => ({
  method: 'POST',
  headers: key === undefined ? {} : { 'idempotency-key': key },
  payload: { name: 'demo', payload: { job: 'x' } },
});

(there ? describe : describe.skip)('an api whose Redis gets full', () => {
  let server: Awaited<ReturnType<typeof startRedisServer>>;
  let api: Replica;
  const [ann, nobody] = [new Visitor(), new Visitor()];
  const put: Ask = { method: 'PUT', payload: { value: 'v' } };
  beforeEach(async () => {
    server = await startRedisServer();
    api = await open({ REDIS_URL: server.url, NAMESPACE: ownNamespace(), QUICKSTART_ROUTES: 'true' }, 'api-1');
  });
  afterEach(async () => {
    await api?.close();
    await server?.stop();
  });

  const used = async () => Number(/used_memory:(\d+)/.exec(await redisCommand(server.url, 'INFO', 'memory'))?.[1]);
  const maxmemory = async (bytes: number) =>
    redisCommand(server.url, 'CONFIG', 'SET', 'maxmemory', String(Math.round(bytes)));
  const health = async () => {
    const { statusCode, body } = await api.app.inject('/healthz');
    return { statusCode, ...(JSON.parse(body) as { details: { redis: object } }).details.redis };
  };

  it('takes no new key and no value without a session, then no new job, each a 503 with Retry-After; health says why, and all of it ends by itself', async () => {
    const [known, fresh] = [randomUUID(), randomUUID()];
    await ann.visit(api);
    const first = await ann.ask(api, '/jobs', enqueue(known));
    expect(first.statusCode).toBe(202);
    // Four fifths: too much for a new key, and not for a job.
    await maxmemory((await used()) / 0.8);
    const keyed = await until(async () => {
      const answer = await ann.ask(api, '/jobs', enqueue(randomUUID()));
      return answer.statusCode === 503 && answer;
    }, WITHIN_MS);
    expect(problemOf(keyed)).toMatchObject({ code: 'state_memory_low', title: 'The shared store is nearly full' });
    expect(keyed.headers['retry-after']).toBe('5');
    expect((await ann.ask(api, '/jobs', enqueue(known))).body).toBe(first.body);
    expect((await ann.ask(api, '/jobs', enqueue())).statusCode).toBe(202);
    expect(await health()).toMatchObject({
      statusCode: 200,
      status: 'degraded',
      message: expect.stringMatching(/the memory of Redis is low: \d\d % of maxmemory are used/),
    });

    for (const ask of [() => nobody.ask(api, '/values/a', put), () => nobody.ask(api, '/set?key=a&value=v')]) {
      const refused = await ask();
      expect(problemOf(refused)).toMatchObject({ status: 503, code: 'state_memory_low' });
      expect(refused.headers['retry-after']).toBe('5');
    }
    expect((await ann.ask(api, '/values/b', put)).statusCode).toBe(201);

    await maxmemory((await used()) / 0.93);
    for (const ask of [() => ann.ask(api, '/jobs', enqueue()), () => ann.ask(api, '/enqueue?job=x')]) {
      const refused = await until(async () => {
        const answer = await ask();
        return answer.statusCode === 503 && answer;
      }, WITHIN_MS);
      expect(problemOf(refused)).toMatchObject({ code: 'jobs_memory_low' });
      expect(refused.headers['retry-after']).toBe('5');
    }
    expect((await ann.ask(api, '/counters/x', { method: 'POST' })).statusCode).toBe(200);

    await maxmemory(0);
    await until(async () => (await ann.ask(api, '/jobs', enqueue(fresh))).statusCode === 202, WITHIN_MS);
    await until(async () => 'status' in (await health()) && (await health()).statusCode === 200, WITHIN_MS);
    await until(async () => JSON.stringify(await health()).includes('"up"'), WITHIN_MS);
  });
});
