import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Counter } from '@nestfleet/contracts';
import { randomUUID } from 'node:crypto';
import { open, opsToken, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { Visitor } from './visitor.ts';

const MIB = 1_048_576;
const KEY_BYTES = 600;
const HOUR_MS = 3_600_000;

const nobody = () => new Visitor();

withRedis('idempotency keys of callers without a session', () => {
  const environment = {
    REDIS_URL: redisUrl ?? '',
    NAMESPACE: ownNamespace(),
    VALUES_ANONYMOUS_BYTES_PER_ADDRESS: String(MIB),
    VALUES_ANONYMOUS_BYTES: String(8 * MIB),
  };
  let one: Replica;
  let two: Replica;
  let somebody: Visitor;
  beforeAll(async () => {
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
    somebody = new Visitor();
    await somebody.visit(one);
    // To move it makes no counter.
    await somebody.ask(one, '/counters/there', { method: 'POST' });
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const move = (from: string, key: string | undefined, { by = nobody(), at = one, payload = {}, token = '' } = {}) =>
    by.ask(at, '/counters/there', {
      method: 'POST',
      payload,
      from,
      headers: {
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
    });

  /** All of the quota of an address but for a few keys. */
  async function nearlyFull(from: string): Promise<void> {
    for (const [n, length] of [...Array<number>(15).fill(65_536), 60_000].entries()) {
      const put = { method: 'PUT' as const, payload: { value: 'x'.repeat(length) }, from };
      expect((await nobody().ask(one, `/values/${from}:${n}`, put)).statusCode).toBe(201);
    }
  }

  /** Moves with new keys until the quota refuses one. */
  async function untilRefused(from: string, at = one): Promise<readonly string[]> {
    const kept: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      const key = randomUUID();
      const answer = await move(from, key, { at });
      if (answer.statusCode === 429 && problemOf(answer).code === 'value_quota_exceeded') return kept;
      expect(answer.statusCode).toBe(200);
      kept.push(key);
    }
    throw new Error('none of 100 keys was refused');
  }

  it('take from the quota of their address when they are new, and not when they are sent again', async () => {
    const from = '198.51.100.1';
    await nearlyFull(from);
    const [first = '', ...others] = await untilRefused(from);
    expect(others.length).toBeGreaterThan(0);
    for (let n = 0; n < 20; n += 1) {
      const again = await move(from, first, { at: two });
      expect([again.statusCode, again.headers['idempotency-replayed']]).toEqual([200, 'true']);
    }
    const before = (await nobody().ask(one, '/counters/there')).json<Counter>().count;
    const refused = await move(from, randomUUID());
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await nobody().ask(one, '/counters/there')).json<Counter>().count).toBe(before);
  });

  it('are free of it with a session, for the fleet’s own token, and from another address', async () => {
    const from = '198.51.100.2';
    await nearlyFull(from);
    await untilRefused(from);
    for (const asked of [
      move(from, undefined),
      move(from, randomUUID(), { by: somebody }),
      move(from, randomUUID(), { token: opsToken }),
      move('198.51.100.3', randomUUID()),
    ])
      expect((await asked).statusCode).toBe(200);
    expect((await move(from, randomUUID(), { token: 'x'.repeat(24) })).statusCode).toBe(429);
  });

  it('take nothing where nothing was done', async () => {
    const from = '198.51.100.4';
    await nearlyFull(from);
    for (let n = 0; n < 40; n += 1)
      expect((await move(from, randomUUID(), { payload: { by: 0.5 } })).statusCode).toBe(400);
    expect((await untilRefused(from)).length).toBeGreaterThan(0);
  });

  it('take as much more as they outlive what else such callers store', async () => {
    const hourly = { ...environment, NAMESPACE: ownNamespace(), VALUES_ANONYMOUS_TTL_MS: String(HOUR_MS) };
    const other = await open(hourly, 'api-3');
    try {
      await new Visitor().ask(other, '/counters/there', { method: 'POST' });
      expect(await untilRefused('198.51.100.5', other)).toHaveLength(Math.floor(MIB / (24 * KEY_BYTES)));
    } finally {
      await other.close();
    }
  });
});
