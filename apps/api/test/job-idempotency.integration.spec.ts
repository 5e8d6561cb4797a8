import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Enqueued } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { linkTo, redisCommand } from './redis-link.ts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { type Ask, Visitor } from './visitor.ts';

const WITHIN_MS = 20_000;
const demo = (job: string) => ({ name: 'demo', payload: { job } });
const post = (key: string, payload: object): Ask => ({
  method: 'POST',
  headers: { 'idempotency-key': key },
  payload,
});
const enqueuedIn = (answer: Awaited<ReturnType<Visitor['ask']>>) => answer.json<Enqueued>();
/** One of its own for each test, and still a word that others might choose. */
const orderKey = () => `order-${randomUUID().slice(0, 4)}`;

withRedis('jobs with an Idempotency-Key', () => {
  const namespace = ownNamespace();
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: namespace };
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
    // Redis has the script from here on: one that it does not have is sent twice, and the link would hang in between.
    await new Visitor().ask(one, '/jobs', post(randomUUID(), demo('before')));
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const each = (what: string, pattern: string) =>
    redisCommand(
      redisUrl ?? '',
      'EVAL',
      `local n = 0 for _, key in ipairs(redis.call('KEYS', ARGV[1])) do ${what} n = n + 1 end return n`,
      '0',
      `${namespace}:${pattern}`,
    );
  /** As when the replica had died before it stored its answer, and its lease is over. */
  const answersLost = () => each("redis.call('DEL', key)", '{i}:*');
  const waiting = async (): Promise<number> =>
    Number(/:(\d+)/.exec(await redisCommand(redisUrl ?? '', 'LLEN', `{${namespace}:demo}:demo:wait`))?.[1]);

  it.each([
    ['a session and a word', async (who: Visitor) => who.visit(one), orderKey],
    ['a session and a UUID', async (who: Visitor) => who.visit(one), randomUUID],
    ['nobody and a word', async () => undefined, orderKey],
    ['nobody and a UUID', async () => undefined, randomUUID],
  ])('of %s: a replica that dies between the yes of Redis and its answer makes one job', async (_who, visit, keyOf) => {
    const [ann, key] = [new Visitor(), keyOf()];
    await visit(ann);
    const link = await linkTo(redisUrl ?? '');
    const dying = await open({ REDIS_URL: link.url, NAMESPACE: namespace }, 'api-3');
    const before = await waiting();
    link.hangFrom('"killed"');
    const lost = ann.ask(dying, '/jobs', post(key, demo('killed')));
    await until(async () => (await waiting()) === before + 1, WITHIN_MS);
    link.cut();
    await lost;
    await dying.close();
    await link.close();
    await answersLost();

    const retried = await ann.ask(two, '/jobs', post(key, demo('killed')));
    expect([retried.statusCode, enqueuedIn(retried).outcome]).toEqual([202, 'existing']);
    expect(await waiting()).toBe(before + 1);
    await answersLost();
    expect(enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('killed')))).id).toBe(enqueuedIn(retried).id);
    expect((await ann.ask(one, `/jobs/${enqueuedIn(retried).id}`)).statusCode).toBe(200);
  });

  it('make no second job when the first is past its retention and its answer was lost', async () => {
    for (const key of [orderKey(), randomUUID()]) {
      const ann = new Visitor();
      const made = enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('gone'))));
      const before = await waiting();
      expect((await ann.ask(one, `/jobs/${made.id}`, { method: 'DELETE' })).statusCode).toBe(204);
      await redisCommand(redisUrl ?? '', 'DEL', `{${namespace}:demo}:ledger:cancelled-jobs`);
      await answersLost();
      const again = await ann.ask(two, '/jobs', post(key, demo('gone')));
      expect(enqueuedIn(again)).toMatchObject({ id: made.id, outcome: 'existing' });
      expect((await ann.ask(two, `/jobs/${made.id}`)).statusCode).toBe(404);
      expect(await waiting()).toBe(before - 1);
    }
  });

  it('are refused with another payload, also where the answer was lost', async () => {
    for (const key of [orderKey(), randomUUID()]) {
      const ann = new Visitor();
      const { id } = enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('this'))));
      expect(problemOf(await ann.ask(two, '/jobs', post(key, demo('that'))))).toMatchObject({
        status: 422,
        code: 'idempotency_mismatch',
      });
      await answersLost();
      expect(problemOf(await ann.ask(two, '/jobs', post(key, demo('that'))))).toMatchObject({
        status: 422,
        code: 'idempotency_token_reused',
        errors: [{ path: 'idempotency-key' }],
      });
      // What was refused takes the key from nobody.
      expect(enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('this'))))).toMatchObject({
        id,
        outcome: 'existing',
      });
    }
  });

  it('belong to one request: for a job of another kind the key is refused, and no other job is made', async () => {
    for (const key of [orderKey(), randomUUID()]) {
      const ann = new Visitor();
      const { id } = enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('this'))));
      const other = { name: 'primes', payload: { below: 10 } };
      const waitingPrimes = () => redisCommand(redisUrl ?? '', 'LLEN', `{${namespace}:primes}:primes:wait`);
      const before = await waitingPrimes();
      expect(problemOf(await ann.ask(two, '/jobs', post(key, other)))).toMatchObject({
        status: 422,
        code: 'idempotency_mismatch',
      });
      expect(await waitingPrimes()).toBe(before);
      // Nobody remembers the first request then but its queue, and the second one is another's.
      await answersLost();
      expect(enqueuedIn(await ann.ask(two, '/jobs', post(key, other))).outcome).toBe('created');
      await answersLost();
      expect(enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('this'))))).toMatchObject({
        id,
        outcome: 'existing',
      });
    }
  });

  it('with a word are told to nobody of another address or session, and cannot be guessed from the word', async () => {
    const key = orderKey();
    const [ann, ben] = [new Visitor(), new Visitor()];
    await Promise.all([ann.visit(one), ben.visit(one)]);
    const ids = [
      enqueuedIn(await ann.ask(one, '/jobs', post(key, demo('mine')))),
      enqueuedIn(await ben.ask(one, '/jobs', post(key, demo('mine')))),
      enqueuedIn(await new Visitor().ask(one, '/jobs', { ...post(key, demo('mine')), from: '203.0.113.7' })),
      enqueuedIn(await new Visitor().ask(one, '/jobs', { ...post(key, demo('mine')), from: '203.0.113.8' })),
    ];
    expect(ids.map(({ outcome }) => outcome)).toEqual(Array(4).fill('created'));
    for (const { id } of ids) expect(id).toMatch(/^demo\.[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect((await ben.ask(one, `/jobs/${ids[0]?.id}`)).statusCode).toBe(404);
  });
});
