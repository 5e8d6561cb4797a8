import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Counter, Enqueued, Session } from '@nestfleet/contracts';
import { services } from '@nestfleet/contracts';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkTo, redisCommand } from './redis-link.ts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { Visitor, setCookieOf } from './visitor.ts';

const keyed = (key: string) => ({ 'idempotency-key': key });
const REPLAYED = 'idempotency-replayed';
const post = (key: string, payload?: object) => ({
  method: 'POST' as const,
  headers: keyed(key),
  ...(payload === undefined ? {} : { payload }),
});
const demo = { name: 'demo', payload: { job: 'x' } };

withRedis('requests with an Idempotency-Key', () => {
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

  /** Leaves the key as a replica leaves it that dies before it answers. */
  async function killedInFlight(): Promise<void> {
    const script =
      "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('HDEL', key, '1', '2', '3', '4', '5', '6') redis.call('HSET', key, 'owner', 'dead') redis.call('PEXPIRE', key, 5000) end return 'done'";
    await redisCommand(redisUrl ?? '', 'EVAL', script, '0', `${namespace}:{i}:*`);
  }
  async function leaseOver(): Promise<void> {
    const script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 'done'";
    await redisCommand(redisUrl ?? '', 'EVAL', script, '0', `${namespace}:{i}:*`);
  }

  it('are done once and answered the same on every replica: status, body, and the headers of what was done', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    const first = await ann.ask(one, '/counters/a', post(key, { by: 5 }));
    await ann.ask(one, '/counters/a', { method: 'POST', payload: { by: 10 } });
    const again = await ann.ask(two, '/counters/a', post(key, { by: 5 }));
    expect(first.headers[REPLAYED]).toBeUndefined();
    expect(again.headers[REPLAYED]).toBe('true');
    expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
    for (const name of ['content-type', 'cache-control']) expect(again.headers[name]).toBe(first.headers[name]);
    // Who answers now says so itself.
    expect(again.headers['x-served-by']).toBe('api-2');
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect((await one.app.inject('/counters/a')).json<Counter>().count).toBe(15);
  });

  it('are one request in whatever spelling the key comes, and with an empty body as with none', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    expect((await ann.ask(one, '/counters/spelt', post(key))).statusCode).toBe(200);
    for (const spelt of [`"${key}"`, key.toUpperCase(), `"${key.toUpperCase()}"`]) {
      const ask = { method: 'POST' as const, headers: { ...keyed(spelt), 'content-type': 'application/json' } };
      expect((await ann.ask(two, '/counters/spelt', ask)).headers[REPLAYED]).toBe('true');
    }
    expect((await one.app.inject('/counters/spelt')).json<Counter>().count).toBe(1);
  });

  it('do not care for the order of fields, and refuse other parameters', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    const sixty = { by: 1, window_ms: 3_600_000 };
    expect((await ann.ask(one, '/counters/b', post(key, sixty))).statusCode).toBe(200);
    const reordered = { window_ms: 3_600_000, by: 1 };
    expect((await ann.ask(two, '/counters/b', post(key, reordered))).headers[REPLAYED]).toBe('true');
    for (const [path, payload] of [
      ['/counters/b', { ...sixty, by: 2 }],
      ['/counters/b', undefined],
      ['/counters/other', sixty],
    ] as const) {
      const refused = await ann.ask(two, path, post(key, payload));
      expect(problemOf(refused)).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
    }
    expect((await one.app.inject('/counters/other')).json<Counter>().count).toBe(0);
  });

  it('that come at once are done once; the others are to retry with the same key', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    const asks = Array.from({ length: 20 }, (_none, n) =>
      ann.ask(n % 2 === 0 ? one : two, '/counters/c', post(key, { by: 1 })),
    );
    const answers = await Promise.all(asks);
    const waiting = answers.filter(({ statusCode }) => statusCode === 409);
    expect(waiting.length).toBeGreaterThan(0);
    for (const answer of waiting) {
      expect(problemOf(answer).code).toBe('idempotency_in_flight');
      expect(['1', '2', '3', '4', '5']).toContain(answer.headers['retry-after']);
    }
    for (const answer of answers) expect([200, 409]).toContain(answer.statusCode);
    expect((await ann.ask(one, '/counters/c', post(key, { by: 1 }))).json<Counter>().count).toBe(1);
    expect((await one.app.inject('/counters/c')).json<Counter>().count).toBe(1);
  });

  it('with a word as a key belong to a session, or to an address, and to a route', async () => {
    const key = 'order-18';
    const [ann, ben] = [new Visitor(), new Visitor()];
    await Promise.all([ann.visit(one), ben.visit(one)]);
    const count = async (who: Visitor, from?: string) =>
      (await who.ask(one, '/counters/d', { ...post(key), ...(from && { from }) })).json<Counter>().count;
    expect([await count(ann), await count(ben), await count(new Visitor())]).toEqual([1, 2, 3]);
    expect(await count(new Visitor(), '203.0.113.9')).toBe(4);
    expect(await count(new Visitor('forged.signature'), '203.0.113.9')).toBe(4);
    expect([await count(ann), await count(ben), await count(new Visitor())]).toEqual([1, 2, 3]);
    expect((await ann.ask(one, '/jobs', post(key, demo))).statusCode).toBe(202);
  });

  describe.each([
    [
      'rotated',
      async (who: Visitor) => who.visit(one),
      async (who: Visitor) => who.ask(one, '/session/rotate', post(randomUUID())),
    ],
    ['gained', async () => undefined, async (who: Visitor) => who.visit(one)],
  ])("whose answer was lost before the client's cookie was %s", (how, before, between) => {
    const retried = async (path: string, payload: object) => {
      const [ann, key] = [new Visitor(), randomUUID()];
      await before(ann);
      const first = await ann.ask(one, path, post(key, payload));
      const { sid } = ann;
      await between(ann);
      expect(ann.sid).not.toBe(sid);
      const again = await ann.ask(two, path, post(key, payload));
      await leaseOver();
      const late = await ann.ask(two, path, post(key, payload));
      expect([first.statusCode, again.statusCode, late.statusCode]).toEqual(Array(3).fill(first.statusCode));
      expect([again.headers[REPLAYED], late.headers[REPLAYED]]).toEqual(['true', undefined]);
      return [first, again, late];
    };

    it('count once', async () => {
      const answers = await retried(`/counters/cookie-${how}`, { by: 1 });
      expect(answers.map((answer) => answer.json<Counter>().count)).toEqual([1, 1, 1]);
      expect((await one.app.inject(`/counters/cookie-${how}`)).json<Counter>().count).toBe(1);
    });

    it('make one job', async () => {
      const answers = await retried('/jobs', demo);
      expect(new Set(answers.map((answer) => answer.json<Enqueued>().id)).size).toBe(1);
    });
  });

  it.each([['a b'], ['x'.repeat(256)], ['ä'], ['']])('with the key "%s" are refused', async (key) => {
    const answer = await new Visitor().ask(one, '/counters/e', post(key));
    expect(problemOf(answer)).toMatchObject({ status: 400, errors: [{ path: 'idempotency-key' }] });
  });

  it('that did not fit may be sent again, corrected, with the same key', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    expect((await ann.ask(one, '/counters/f', post(key, { by: 0.5 }))).statusCode).toBe(400);
    expect((await ann.ask(one, '/counters/f', post(key, { by: 2 }))).json<Counter>().count).toBe(2);
  });

  it('are answered with the same fault again, too', async () => {
    const [gone, key] = [new Visitor(), randomUUID()];
    await gone.visit(one);
    const { sid } = gone;
    await gone.end(one);
    const first = await new Visitor(sid).ask(one, '/session/rotate', post(key));
    const again = await new Visitor(sid).ask(two, '/session/rotate', post(key));
    expect([first.statusCode, again.statusCode]).toEqual([404, 404]);
    expect(again.headers[REPLAYED]).toBe('true');
    expect(again.body).toBe(first.body);
  });

  it('open one session, whose cookie the retry gets; it is signed anew and nothing signed is stored', async () => {
    const key = randomUUID();
    const [first, second] = [new Visitor(), new Visitor()];
    const opened = await first.ask(one, '/session', post(key));
    const again = await second.ask(two, '/session', post(key));
    expect([opened.statusCode, again.statusCode]).toEqual([201, 201]);
    expect(again.headers[REPLAYED]).toBe('true');
    expect(again.headers['etag']).toBe(opened.headers['etag']);
    expect(second.id).toBe(first.id);
    expect(setCookieOf(again)).toMatch(/HttpOnly; SameSite=Lax/);
    expect(again.body + JSON.stringify({ ...again.headers, 'set-cookie': '' })).not.toContain(first.id);
    expect((await second.session(one)).session_id).toBe(opened.json<Session>().session_id);
    const dump =
      "local all = '' for _, key in ipairs(redis.call('KEYS', ARGV[1])) do all = all .. table.concat(redis.call('HVALS', key)) end return all";
    const stored = await redisCommand(redisUrl ?? '', 'EVAL', dump, '0', `${namespace}:{i}:*`);
    expect(stored).toContain(first.id);
    expect(stored).not.toContain(first.sid?.split('.')[1]);
  });

  it.each(['1', 'order-17', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'])(
    'never give a session to somebody else behind the same address who chose the same key %s',
    async (key) => {
      const [first, second] = [new Visitor(), new Visitor()];
      await first.ask(one, '/session', post(key));
      const other = await second.ask(two, '/session', post(key));
      expect([other.statusCode, other.headers[REPLAYED]]).toEqual([201, 'true']);
      expect(setCookieOf(other)).toBeUndefined();
      expect(second.sid).toBeUndefined();
    },
  );

  it('rotate a session once: the retry gets the new cookie, who only knows the old one does not', async () => {
    const ann = new Visitor();
    await ann.visit(one);
    const { sid } = ann;
    const key = randomUUID();
    await ann.ask(one, '/session/rotate', post(key));
    const retry = new Visitor(sid);
    expect((await retry.ask(two, '/session/rotate', post(key))).headers[REPLAYED]).toBe('true');
    expect(retry.id).toBe(ann.id);
    const thief = new Visitor(sid);
    expect((await thief.ask(two, '/session/rotate', post(randomUUID()))).statusCode).toBe(404);
    expect(thief.id).not.toBe(ann.id);
    // Also where the replica died after it had rotated.
    await leaseOver();
    const late = new Visitor(sid);
    expect((await late.ask(two, '/session/rotate', post(key))).headers[REPLAYED]).toBeUndefined();
    expect(late.id).toBe(ann.id);
  });

  it('make one job, also where the replica died before its answer was kept', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    const made = (await ann.ask(one, '/jobs', post(key, demo))).json<Enqueued>();
    expect((await ann.ask(two, '/jobs', post(key, demo))).json<Enqueued>()).toEqual(made);
    await leaseOver();
    const again = await ann.ask(two, '/jobs', post(key, demo));
    expect(again.json<Enqueued>()).toMatchObject({ id: made.id, outcome: 'existing' });
    expect((await ann.ask(one, '/jobs')).json<{ jobs: unknown[] }>().jobs).toHaveLength(1);
  });

  it('whose replica died wait for the end of its lease, and count once all the same', async () => {
    const [ann, key] = [new Visitor(), randomUUID()];
    await ann.visit(one);
    await ann.ask(one, '/counters/g', post(key, { by: 3 }));
    await killedInFlight();
    const early = await ann.ask(two, '/counters/g', post(key, { by: 3 }));
    expect(problemOf(early).code).toBe('idempotency_in_flight');
    await leaseOver();
    const late = await ann.ask(two, '/counters/g', post(key, { by: 3 }));
    expect([late.statusCode, late.headers[REPLAYED], late.json<Counter>().count]).toEqual([200, undefined, 3]);
    expect((await one.app.inject('/counters/g')).json<Counter>().count).toBe(3);
  });

  it('cost the other routes nothing and mean nothing there', async () => {
    const key = keyed('not a key');
    const put = await new Visitor().ask(one, '/values/k', { method: 'PUT', headers: key, payload: { value: 'v' } });
    expect(put.statusCode).toBe(201);
    expect((await new Visitor().ask(one, '/', { headers: key })).statusCode).toBe(200);
  });
});

withRedis('requests with an Idempotency-Key while Redis is unreachable', () => {
  it('are not begun, and done once when it is back', async () => {
    const link = await linkTo(redisUrl ?? '');
    const replica = await open({ REDIS_URL: link.url, NAMESPACE: ownNamespace() }, 'api-9');
    const ann = new Visitor();
    await ann.visit(replica);
    const key = randomUUID();
    const ask = () => ann.ask(replica, '/counters/a', post(key, { by: 1 }));
    link.hang();
    const hung = await ask();
    expect(problemOf(hung)).toMatchObject({ status: 503, code: 'state_unavailable' });
    expect(hung.headers['retry-after']).toBe('1');
    link.heal();
    let answer = await ask();
    // A lost begin holds the key for 5 s at most; the command that frees it went down with the connection.
    for (const endMs = performance.now() + 15_000; performance.now() < endMs && answer.statusCode !== 200;)
      answer = await ask();
    expect([answer.statusCode, answer.json<Counter>().count]).toEqual([200, 1]);
    await replica.close();
    await link.close();
  });
});

it('take a key on the routes that the contract calls safe with one, and say so in the document', () => {
  const file = join(import.meta.dirname, '../openapi.json');
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: object }>>;
  };
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, { parameters = [], responses }]) => {
        const isNamed = parameters.some(({ name }) => name === 'idempotency-key');
        return isNamed && '409' in responses && '422' in responses;
      })
      .map(([verb]) => `${verb.toUpperCase()} ${path.replace(/\{\w+\}/g, '*')}`),
  );
  const ruled = services.api.routes.filter(({ retryPolicy }) => retryPolicy === 'idempotent-with-idempotency-key');
  expect(documented.toSorted()).toEqual(ruled.map(({ method, path }) => `${method} ${path}`).toSorted());
});
