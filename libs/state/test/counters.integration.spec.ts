import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace } from '@nestfleet/redis';
import { markOf } from '../src/counters/once.ts';
import { type State, openState } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { describeWith, ownNamespace } from './servers.ts';

const DAY_MS = 86_400_000;

describeWith('REDIS_URL', 'counters in Redis', () => {
  const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';
  const namespace = ownNamespace();
  const keys = stateKeys((tag) => keySpace(namespace).tagged(tag));
  let state: State;
  let redis: RedisConnection;
  beforeAll(async () => {
    state = openState({ redisUrl, namespace });
    redis = connectRedis({ url: redisUrl, namespace });
    await Promise.all([state.ready(), redis.ready()]);
  });
  afterAll(async () => {
    await state?.close();
    await redis?.close();
  });

  it('end their windows at whole multiples of them by the clock of Redis, and their marks after a day', async () => {
    const { endsInMs } = await state.counters.addWithin('a', { windowMs: DAY_MS, once: 'x' });
    const [seconds, micros] = await redis.client.time();
    const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    const endsMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
    expect(await redis.client.pexpiretime(keys.window('a', DAY_MS))).toBe(endsMs);
    expect(Math.abs(nowMs + endsInMs - endsMs)).toBeLessThan(10_000);
    const markLeftMs = await redis.client.pttl(keys.applied(markOf('a', DAY_MS, 'x')));
    expect(markLeftMs).toBeGreaterThan(DAY_MS - 10_000);
    expect(markLeftMs).toBeLessThanOrEqual(DAY_MS);
  });

  it('give a window its expiry back that somebody took away (pain 28)', async () => {
    await state.counters.addWithin('persisted', { windowMs: DAY_MS });
    await redis.client.persist(keys.window('persisted', DAY_MS));
    expect((await state.counters.readWithin('persisted', { windowMs: DAY_MS })).endsInMs).toBeGreaterThan(0);
    expect((await state.counters.addWithin('persisted', { windowMs: DAY_MS })).count).toBe(2);
    expect(await redis.client.pttl(keys.window('persisted', DAY_MS))).toBeGreaterThan(0);
  });

  const windowMs = DAY_MS;
  it.each([
    ['a list', (key: string) => redis.client.rpush(key, 'x')],
    ['a word', (key: string) => redis.client.set(key, 'word')],
    ['nothing but an empty text', (key: string) => redis.client.set(key, '')],
    ['a broken number', (key: string) => redis.client.set(key, '1.5')],
  ] as const)('tell of %s that somebody else wrote, and leave it', async (what, write) => {
    const { counters } = state;
    const name = what.replaceAll(' ', '-');
    for (const key of [keys.counter(name), keys.window(name, windowMs)]) await write(key);
    const before = await redis.client.dump(keys.counter(name));
    for (const work of [
      counters.add(name),
      counters.add(name, 1, { once: 'x' }),
      counters.read(name),
      counters.addWithin(name, { windowMs }),
      counters.addWithin(name, { windowMs, once: 'x' }),
      counters.readWithin(name, { windowMs }),
    ])
      await expect(work).rejects.toMatchObject({ code: 'wrong_type', status: 409 });
    expect(await redis.client.dump(keys.counter(name))).toEqual(before);
    // What has not moved leaves no mark, so it may still be done.
    await redis.client.del(keys.counter(name));
    expect(await counters.add(name, 1, { once: 'x' })).toBe(1);
  });

  it('tell of a mark that somebody else wrote, and do not move', async () => {
    await redis.client.set(keys.applied(markOf('marked', 0, 'word')), 'word');
    await redis.client.rpush(keys.applied(markOf('marked', 0, 'list')), 'x');
    for (const once of ['word', 'list'])
      await expect(state.counters.add('marked', 1, { once })).rejects.toMatchObject({ code: 'wrong_type' });
    expect(await state.counters.read('marked')).toBe(0);
  });

  it('leave no mark and no expiry behind where a move beyond what is exact is refused', async () => {
    const end = '9223372036854775807';
    await redis.client.set(keys.counter('full'), end);
    await redis.client.set(keys.window('full', windowMs), end);
    await expect(state.counters.add('full', 1, { once: 'x' })).rejects.toMatchObject({ code: 'counter_overflow' });
    await expect(state.counters.addWithin('full', { windowMs, once: 'x' })).rejects.toMatchObject({
      code: 'counter_overflow',
    });
    expect(await redis.client.get(keys.counter('full'))).toBe(end);
    const marks = [markOf('full', 0, 'x'), markOf('full', windowMs, 'x')].map((mark) => keys.applied(mark));
    expect(await redis.client.exists(...marks)).toBe(0);
  });
});
