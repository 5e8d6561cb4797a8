import { expect, it } from '@jest/globals';
import { bucketOf } from '../src/keys.ts';
import { LEASE_MAX_MS } from '../src/leases/lease-store.ts';
import { SESSION_MAX_MS, type State } from '../src/index.ts';
import { describeWith } from './servers.ts';
import { stateBesideRedis } from './state-beside-redis.ts';

/** How far ahead the clock of Redis was when it wrote what a test finds: no test can set it back itself. */
const STEP_MS = 3 * SESSION_MAX_MS;
const none = async (): Promise<void> => undefined;

describeWith('REDIS_URL', 'what Redis stored before its clock was set back', () => {
  const held = stateBesideRedis();

  async function prolong(key: string): Promise<void> {
    const { client } = held.redis;
    await client.pexpire(key, (await client.pttl(key)) + STEP_MS);
  }

  it.each([
    ['for its own lifetime', 'owner.10000', STEP_MS, 10_000],
    ['for the longest lifetime, where its own is not known', 'owner-of-the-last-release', STEP_MS, LEASE_MAX_MS],
    ['for its own lifetime, also where it had no expiry', 'owner.10000', undefined, 10_000],
    ['as it is, where its time fits', 'owner.10000', 9_000, 9_000],
  ])('a lease keeps others out %s', async (name, owner, leftMs, atMostMs) => {
    const key = held.keys.lease(name.replaceAll(/[ ,]/g, '-'));
    await held.redis.client.set(key, owner);
    if (leftMs !== undefined) await held.redis.client.pexpire(key, leftMs);
    const hold = held.state.leases.hold(name.replaceAll(/[ ,]/g, '-'), { ttlMs: 20_000 }, none);
    await expect(hold).rejects.toMatchObject({ code: 'lease_held' });
    const left = await held.redis.client.pttl(key);
    expect(left).toBeGreaterThan(atMostMs - 5_000);
    expect(left).toBeLessThanOrEqual(atMostMs);
  });

  it('a lease says its own lifetime', async () => {
    const stored = await held.state.leases.hold('own', { ttlMs: 12_345 }, () =>
      held.redis.client.get(held.keys.lease('own')),
    );
    expect(stored).toMatch(/^[\w-]{22}\.12345$/);
  });

  it('fencing tokens go on from the last one', async () => {
    const ahead = Date.now() + STEP_MS;
    await held.redis.client.set(held.keys.fence(), ahead);
    const token = await held.state.leases.hold('f', { ttlMs: 10_000 }, async ({ fencingToken }) => fencingToken);
    expect(token).toBe(ahead + 1);
  });

  it('a key whose claim is not answered is free after its time', async () => {
    await held.state.idempotency.begin('claimed', 'f');
    await prolong(held.keys.idempotency('claimed'));
    const again = await held.state.idempotency.begin('claimed', 'f');
    expect(again).toEqual({ kind: 'in-flight', retryAfterMs: 5_000 });
    expect(await held.redis.client.pttl(held.keys.idempotency('claimed'))).toBeLessThanOrEqual(5_000);
  });

  it('a window ends after its length', async () => {
    const windowMs = 60_000;
    await held.state.counters.addWithin('w', { windowMs });
    await prolong(held.keys.window('w', windowMs));
    expect((await held.state.counters.readWithin('w', { windowMs })).endsInMs).toBeLessThanOrEqual(windowMs);
    const { count, endsInMs } = await held.state.counters.addWithin('w', { windowMs });
    expect(count).toBe(2);
    expect(endsInMs).toBeLessThanOrEqual(windowMs);
    expect(await held.redis.client.pttl(held.keys.window('w', windowMs))).toBeLessThanOrEqual(windowMs);
  });

  it('a limit counts what was taken as taken now, for who is refused too', async () => {
    const rate = { count: 2, periodMs: 60_000 };
    const key = held.keys.limit('l');
    await held.redis.client.hset(key, `${(Date.now() + STEP_MS) * 1_000}`, '2');
    const { allowed, retryAfterMs } = await held.state.limits.take('l', rate);
    expect([allowed, retryAfterMs]).toEqual([false, 60_000]);
    const marks = await held.redis.client.hgetall(key);
    expect(Object.values(marks)).toEqual(['2']);
    expect(Number(Object.keys(marks)[0])).toBeLessThan((Date.now() + 60_000) * 1_000);
    expect(await held.redis.client.pttl(key)).toBeLessThanOrEqual(60_000);
  });

  it.each<[string, (state: State, id: string) => Promise<unknown>]>([
    ['found', ({ sessions }, id) => sessions.find(id)],
    ['touched', ({ sessions }, id) => sessions.touch(id)],
    ['visited', ({ sessions }, id) => sessions.visit(id)],
    ['counted', ({ visits }, id) => visits.count(id)],
    ['set', ({ sessions }, id) => sessions.set(id, { a: 1 })],
    ['rotated', ({ sessions }, id) => sessions.rotate(id)],
    ['changed', ({ sessions }, id) => sessions.change(id, (data) => ({ ...data, a: 1 }))],
  ])('a session that is %s lives no longer than its longest lifetime from then on', async (_name, use) => {
    const { state, redis } = held;
    const { id } = await state.sessions.open();
    const key = held.keys.session(id);
    await redis.client.hincrby(key, 'created', STEP_MS);
    await redis.client.hincrby(key, 'until', STEP_MS);
    await prolong(key);
    const used = await use(state, id);
    const now = typeof used === 'object' && used !== null && 'id' in used ? held.keys.session(String(used.id)) : key;
    const [until, created] = await redis.client.hmget(now, 'until', 'created');
    expect(Number(until) - Number(created)).toBe(SESSION_MAX_MS);
    expect(Number(until)).toBeLessThan(Date.now() + SESSION_MAX_MS + 60_000);
    expect(await redis.client.pttl(now)).toBeLessThanOrEqual(SESSION_MAX_MS);
    const session = await state.sessions.find(now.slice(-id.length));
    expect(session?.endsInMs).toBeLessThanOrEqual(SESSION_MAX_MS);
    expect(bucketOf(id)).toBe(bucketOf(now.slice(-id.length)));
  });

  it('a rotation is told again for its time only', async () => {
    const { state, redis } = held;
    const { id } = await state.sessions.open();
    const moved = await state.sessions.rotate(id, { idempotencyToken: 't' });
    await redis.client.hincrby(held.keys.session(id), 'ended', STEP_MS);
    expect((await state.sessions.rotate(id, { idempotencyToken: 't' }))?.id).toBe(moved?.id);
    expect(Number(await redis.client.hget(held.keys.session(id), 'ended'))).toBeLessThan(Date.now() + 60_000);
  });
});
