import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StoredValue } from '@nestfleet/contracts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { type Ask, Visitor, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);
const TTL_MS = 3_600_000;
const MIB = 1_048_576;
/** With what is counted beside it a little more than 64 KiB: 15 of them fit in a mebibyte. */
const VALUE = 'x'.repeat(65_536);
const FITTING = 15;

const nobody = () => new Visitor();
/** A cookie that outlived its session. */
const ofBefore = () => new Visitor(signed('s'.repeat(22), KEY));

withRedis('values that are stored without a session', () => {
  const environment = {
    REDIS_URL: redisUrl ?? '',
    NAMESPACE: ownNamespace(),
    SESSION_KEYS: KEY,
    VALUES_ANONYMOUS_TTL_MS: String(TTL_MS),
    VALUES_ANONYMOUS_BYTES_PER_ADDRESS: String(MIB),
    VALUES_ANONYMOUS_BYTES: String(2 * MIB),
  };
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const somebody = async (): Promise<Visitor> => {
    const by = new Visitor();
    await by.visit(one);
    return by;
  };
  const put = (by: Visitor, key: string, payload: object, ask: Ask = {}) =>
    by.ask(one, `/values/${key}`, { method: 'PUT', payload, ...ask });
  const ttlOf = async (key: string) => (await nobody().ask(two, `/values/${key}`)).json<StoredValue>().ttl_ms;

  it('expire by default, and no later than that', async () => {
    expect((await put(nobody(), 'a', { value: 'v' })).json<StoredValue>().ttl_ms).toBe(TTL_MS);
    expect(await ttlOf('a')).toBeGreaterThan(TTL_MS - 60_000);
    expect((await put(nobody(), 'a', { value: 'v', ttl_ms: 5_000 })).json<StoredValue>().ttl_ms).toBe(5_000);
    const longer = await put(nobody(), 'a', { value: 'v', ttl_ms: TTL_MS + 1 });
    expect(problemOf(longer)).toMatchObject({ status: 400, code: 'invalid_ttl', errors: [{ path: 'ttl_ms' }] });
    await nobody().ask(one, '/set?key=b&value=v');
    expect(await ttlOf('b')).toBeGreaterThan(TTL_MS - 60_000);
  });

  it('stay with a session, or live as long as it says', async () => {
    const by = await somebody();
    expect((await put(by, 'c', { value: 'v' })).json<StoredValue>().ttl_ms).toBeNull();
    expect((await put(by, 'c', { value: 'v', ttl_ms: 2 * TTL_MS })).json<StoredValue>().ttl_ms).toBe(2 * TTL_MS);
    await by.ask(one, '/set?key=d&value=v');
    expect(await ttlOf('d')).toBeNull();
    expect((await put(ofBefore(), 'e', { value: 'v' })).json<StoredValue>().ttl_ms).toBe(TTL_MS);
  });

  it('cost nothing of the quota where they are refused, be it beside others', async () => {
    const other = await open({ ...environment, NAMESPACE: ownNamespace() }, 'api-3');
    try {
      const from = '198.51.100.4';
      const putThere = (key: string, ask: Ask = {}) =>
        nobody().ask(other, `/values/${key}`, { method: 'PUT', payload: { value: VALUE }, from, ...ask });
      const unless = { headers: { 'if-match': '"1"' } };
      for (let n = 0; n < 2 * FITTING; n += 1) expect((await putThere('none', unless)).statusCode).toBe(412);
      const both = Array.from({ length: FITTING }, (_none, n) => [putThere(`${n}`), putThere('none', unless)]);
      const stored = new Set<number>();
      for (const [n, [fits]] of both.entries()) if ((await fits)?.statusCode === 201) stored.add(n);
      await Promise.all(both.flat());
      // Some were refused while others held what they were to give back.
      for (let n = 0; n < FITTING; n += 1)
        if (!stored.has(n) && (await putThere(`${n}`)).statusCode === 201) stored.add(n);
      expect(stored.size).toBe(FITTING);
      expect((await putThere('one-more')).statusCode).toBe(429);
    } finally {
      await other.close();
    }
  });

  it('are at most the quota of their address, and of all addresses together', async () => {
    const stored = async (from: string, by = nobody()) => {
      const statuses: number[] = [];
      for (let n = 0; n < FITTING + 2; n += 1)
        statuses.push((await put(by, `${from}:${n}`, { value: VALUE }, { from })).statusCode);
      return statuses.filter((status) => status === 201).length;
    };
    expect(await stored('198.51.100.1')).toBe(FITTING);
    const refused = await put(nobody(), 'more', { value: VALUE }, { from: '198.51.100.1' });
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'value_quota_exceeded' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(TTL_MS / 1_000 - 120);
    expect((await nobody().ask(two, '/values/more')).statusCode).toBe(404);
    // What is left of all, but for the few bytes of the tests above.
    expect(await stored('198.51.100.2')).toBe(FITTING);
    expect(await stored('198.51.100.3')).toBe(1);
    expect(await stored('198.51.100.3', await somebody())).toBe(FITTING + 1);
  });
});
