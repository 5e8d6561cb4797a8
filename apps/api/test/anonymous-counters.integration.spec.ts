import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Counter } from '@nestfleet/contracts';
import { randomUUID } from 'node:crypto';
import { redisCommand } from './redis-link.ts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { Visitor } from './visitor.ts';

const HOUR_MS = 3_600_000;
const TTL_MS = HOUR_MS;
const MIB = 1_048_576;

const nobody = () => new Visitor();

withRedis('counters that are made without a session', () => {
  const namespace = ownNamespace();
  let replica: Replica;
  let somebody: Visitor;
  beforeAll(async () => {
    replica = await open(
      {
        REDIS_URL: redisUrl ?? '',
        NAMESPACE: namespace,
        VALUES_ANONYMOUS_TTL_MS: String(TTL_MS),
        VALUES_ANONYMOUS_BYTES_PER_ADDRESS: String(MIB),
        VALUES_ANONYMOUS_BYTES: String(2 * MIB),
      },
      'api-1',
    );
    somebody = new Visitor();
    await somebody.visit(replica);
  });
  afterAll(() => replica?.close());

  const move = (by: Visitor, name: string, payload: object = {}, from = '198.51.100.1', key?: string) =>
    by.ask(replica, `/counters/${name}`, {
      method: 'POST',
      payload,
      from,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const countOf = async (asked: ReturnType<typeof move>) => (await asked).json<Counter>().count;
  /** -1 of what stays. */
  const leftMs = async (name: string): Promise<number> =>
    Number(/:(-?\d+)/.exec(await redisCommand(redisUrl ?? '', 'PTTL', `${namespace}:{c}:counter:${name}`))?.[1]);

  it('live as long as values do, unless somebody with a session moves them', async () => {
    for (const [name, key] of [['guest'], ['guest-once', randomUUID()]] as const) {
      expect(await countOf(move(nobody(), name, {}, undefined, key))).toBe(1);
      expect(await leftMs(name)).toBeGreaterThan(0);
      const beforeMs = await leftMs(name);
      expect(await countOf(move(nobody(), name, { by: 2 }))).toBe(3);
      expect(await leftMs(name)).toBeLessThanOrEqual(beforeMs);
      expect(beforeMs).toBeLessThanOrEqual(TTL_MS);
      expect(await countOf(move(somebody, name))).toBe(4);
      expect(await leftMs(name)).toBe(-1);
      expect(await countOf(move(nobody(), name))).toBe(5);
      expect(await leftMs(name)).toBe(-1);
    }
  });

  it('have no window that is longer than that', async () => {
    expect(await countOf(move(nobody(), 'hourly', { window_ms: HOUR_MS }))).toBe(1);
    expect(problemOf(await move(nobody(), 'daily', { window_ms: HOUR_MS + 1 }))).toMatchObject({
      status: 400,
      code: 'invalid_window',
      errors: [{ path: 'window_ms' }],
    });
    expect(await countOf(move(somebody, 'daily', { window_ms: HOUR_MS + 1 }))).toBe(1);
  });

  it('take from the quota of their address when they are new, and not when they move or are refused', async () => {
    const from = '198.51.100.2';
    expect((await move(nobody(), 'there', {}, from)).statusCode).toBe(200);
    for (let n = 0; n < 300; n += 1)
      expect((await move(nobody(), `far-${'x'.repeat(100)}`, { by: Number.MAX_SAFE_INTEGER }, from)).statusCode).toBe(
        409,
      );
    // All but less than a new counter needs.
    for (const [key, length] of [
      ...Array.from({ length: 15 }, (_none, n) => [`${n}`, 65_536] as const),
      ['last', 60_000] as const,
    ])
      expect(
        (await nobody().ask(replica, `/values/${key}`, { method: 'PUT', payload: { value: 'x'.repeat(length) }, from }))
          .statusCode,
      ).toBe(201);
    const made = [];
    for (let n = 0; n < 40; n += 1)
      made.push((await move(nobody(), `new-${n}-${'x'.repeat(100)}`, {}, from)).statusCode);
    expect(made.filter((status) => status === 200).length).toBeGreaterThan(0);
    const refused = await move(nobody(), `new-last-${'x'.repeat(100)}`, {}, from);
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'value_quota_exceeded' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await countOf(move(nobody(), 'there', {}, from))).toBe(2);
    expect(await countOf(move(somebody, 'more', {}, from))).toBe(1);
    expect(await countOf(move(nobody(), 'more', {}, from))).toBe(2);
  });
});
