import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Counter } from '@nestfleet/contracts';
import { randomUUID } from 'node:crypto';
import { redisCommand } from './redis-link.ts';
import { json, open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';

const DAY_MS = 86_400_000;

const countOf = (answer: { json(): unknown }): number => (answer.json() as Counter).count;

async function freshCookie({ app }: Replica): Promise<string> {
  const { cookies } = await app.inject('/');
  return `sid=${encodeURIComponent(cookies.find(({ name }) => name === 'sid')?.value ?? '')}`;
}

withRedis('counters over HTTP', () => {
  const namespace = ownNamespace();
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: namespace };
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const post = (name: string, payload: object = {}, headers: Record<string, string> = {}, replica = one) =>
    replica.app.inject({ method: 'POST', url: `/counters/${name}`, headers: { ...json, ...headers }, payload });
  const get = (path: string) => two.app.inject(`/counters/${path}`);

  it('stand at 0, move by what is said, and are the same on all replicas', async () => {
    const nothing = { name: 'hits', window_ms: null, window_ends_in_ms: null };
    expect((await get('hits')).json()).toEqual({ ...nothing, count: 0, served_by: 'api-2' });
    const moved = await post('hits');
    expect([moved.statusCode, moved.json()]).toEqual([200, { ...nothing, count: 1, served_by: 'api-1' }]);
    expect(countOf(await post('hits', { by: 9 }, {}, two))).toBe(10);
    expect(countOf(await post('hits', { by: -12 }))).toBe(-2);
    expect(countOf(await get('hits'))).toBe(-2);
    expect((await get('hits')).headers['cache-control']).toBe('no-store');
  });

  it('move by 1 without a body', async () => {
    const answer = await one.app.inject({ method: 'POST', url: '/counters/bare' });
    expect([answer.statusCode, countOf(answer)]).toEqual([200, 1]);
  });

  it('are not moved by a HEAD', async () => {
    await post('looked-at');
    const head = await two.app.inject({ method: 'HEAD', url: '/counters/looked-at' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
    expect(countOf(await get('looked-at'))).toBe(1);
  });

  it('count within a window, which tells its end', async () => {
    await post('daily', { by: 100 });
    const first: Counter = (await post('daily', { window_ms: DAY_MS })).json();
    expect(first).toMatchObject({ name: 'daily', count: 1, window_ms: DAY_MS });
    expect(first.window_ends_in_ms).toBeGreaterThan(0);
    expect(first.window_ends_in_ms).toBeLessThanOrEqual(DAY_MS);
    expect(countOf(await post('daily', { window_ms: DAY_MS, by: 2 }, {}, two))).toBe(3);
    expect((await get(`daily?window_ms=${DAY_MS}`)).json()).toMatchObject({ count: 3, window_ms: DAY_MS });
    expect((await get(`daily?window_ms=${2 * DAY_MS}`)).json()).toMatchObject({ count: 0 });
    expect(countOf(await get('daily'))).toBe(100);
  });

  it('move once for one Idempotency-Key, on whatever replica, also in a window', async () => {
    for (const body of [{ by: 3 }, { by: 3, window_ms: DAY_MS }]) {
      const headers = { 'idempotency-key': randomUUID() };
      const name = `once-${Object.keys(body).length}`;
      await post(name, { ...body, by: 10 });
      expect(countOf(await post(name, body, headers))).toBe(13);
      await post(name, { ...body, by: 10 });
      expect(countOf(await post(name, body, headers, two))).toBe(13);
      expect(countOf(await post(name, body, { 'idempotency-key': randomUUID() }))).toBe(26);
    }
  });

  it('count once for a key also where the replica died between the count and its answer', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    expect(countOf(await post('crash', { by: 3 }, headers))).toBe(3);
    await post('crash', { by: 10 });
    // Whatever was kept of the answer is what a dead replica would not have kept.
    const forget = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 'forgotten'";
    const answers = `${namespace}:{i}:*`;
    expect(await redisCommand(redisUrl ?? '', 'EVAL', forget, '0', answers)).toContain('forgotten');
    expect(countOf(await post('crash', { by: 3 }, headers, two))).toBe(3);
    expect(countOf(await get('crash'))).toBe(13);
  });

  it('refuse a key that was used for another amount', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await post('reused', { by: 1 }, headers);
    expect(problemOf(await post('reused', { by: 2 }, headers)).status).toBe(422);
    expect(countOf(await get('reused'))).toBe(1);
  });

  it('take one word of two sessions for two keys', async () => {
    const key = { 'idempotency-key': 'order-17' };
    const [ann, ben] = [await freshCookie(one), await freshCookie(one)];
    expect(countOf(await post('whose', {}, { ...key, cookie: ann }))).toBe(1);
    expect(countOf(await post('whose', {}, { ...key, cookie: ben }))).toBe(2);
    expect(countOf(await post('whose', {}, key))).toBe(3);
    expect(countOf(await post('whose', {}, { ...key, cookie: ann }, two))).toBe(1);
  });

  it.each([
    ['a body that does not fit', { by: 0.5 }, {}, 'by'],
    ['a window of nothing', { window_ms: 0 }, {}, 'window_ms'],
    ['what is not known', { times: 2 }, {}, 'times'],
    ['a key that is none', {}, { 'idempotency-key': 'a b' }, 'idempotency-key'],
  ])('refuse %s and name it', async (_what, body, headers, path) => {
    const answer = problemOf(await post('refused', body, headers));
    expect(answer).toMatchObject({ status: 400, code: 'invalid_input', errors: [{ path }] });
    expect(countOf(await get('refused'))).toBe(0);
  });

  it('refuse names and query keys that do not fit', async () => {
    for (const path of ['a%20b', 'a%7Bb%7D', 'x'.repeat(129), 'a?window_ms=0', 'a?window=1'])
      expect([path, (await get(path)).statusCode]).toEqual([path, 400]);
  });

  it('do not move beyond what is exact, and stay readable for all', async () => {
    const tooFar = { status: 409, code: 'counter_overflow' };
    expect(problemOf(await post('far', { by: Number.MAX_SAFE_INTEGER }))).toMatchObject(tooFar);
    expect(countOf(await get('far'))).toBe(0);
    await post('far', { by: 9_007_199_254_740_000 });
    expect(problemOf(await post('far'))).toMatchObject(tooFar);
    expect(countOf(await get('far'))).toBe(9_007_199_254_740_000);
  });
});
