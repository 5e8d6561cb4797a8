import { expect, it } from '@jest/globals';
import { tokenHashOf } from '../src/counters/applied-add.ts';
import { describeWith } from './servers.ts';
import { stateBesideRedis } from './state-beside-redis.ts';

const DAY_MS = 86_400_000;

describeWith('REDIS_URL', 'counters in Redis', () => {
  const held = stateBesideRedis();

  it('end their windows at whole multiples of them by the clock of Redis, and their tokens after a day', async () => {
    const { endsInMs } = await held.state.counters.addWithin('a', { windowMs: DAY_MS, idempotencyToken: 'x' });
    const [seconds, micros] = await held.redis.client.time();
    const nowMs = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    const endsMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
    expect(await held.redis.client.pexpiretime(held.keys.window('a', DAY_MS))).toBe(endsMs);
    expect(Math.abs(nowMs + endsInMs - endsMs)).toBeLessThan(10_000);
    const tokenLeftMs = await held.redis.client.pttl(held.keys.applied(tokenHashOf('a', DAY_MS, 'x')));
    expect(tokenLeftMs).toBeGreaterThan(DAY_MS - 10_000);
    expect(tokenLeftMs).toBeLessThanOrEqual(DAY_MS);
  });

  it('give a window its expiry back that somebody took away', async () => {
    await held.state.counters.addWithin('persisted', { windowMs: DAY_MS });
    await held.redis.client.persist(held.keys.window('persisted', DAY_MS));
    expect((await held.state.counters.readWithin('persisted', { windowMs: DAY_MS })).endsInMs).toBeGreaterThan(0);
    expect((await held.state.counters.addWithin('persisted', { windowMs: DAY_MS })).count).toBe(2);
    expect(await held.redis.client.pttl(held.keys.window('persisted', DAY_MS))).toBeGreaterThan(0);
  });

  const windowMs = DAY_MS;
  it.each([
    ['a list', (key: string) => held.redis.client.rpush(key, 'x')],
    ['a word', (key: string) => held.redis.client.set(key, 'word')],
    ['nothing but an empty text', (key: string) => held.redis.client.set(key, '')],
    ['a broken number', (key: string) => held.redis.client.set(key, '1.5')],
  ] as const)('tell of %s that somebody else wrote, and leave it', async (what, write) => {
    const { counters } = held.state;
    const name = what.replaceAll(' ', '-');
    for (const key of [held.keys.counter(name), held.keys.window(name, windowMs)]) await write(key);
    const before = await held.redis.client.dump(held.keys.counter(name));
    for (const work of [
      counters.add(name),
      counters.add(name, 1, { idempotencyToken: 'x' }),
      counters.read(name),
      counters.addWithin(name, { windowMs }),
      counters.addWithin(name, { windowMs, idempotencyToken: 'x' }),
      counters.readWithin(name, { windowMs }),
    ])
      await expect(work).rejects.toMatchObject({ code: 'wrong_type', status: 409 });
    expect(await held.redis.client.dump(held.keys.counter(name))).toEqual(before);
    // What has not moved leaves no token, so it may still be done.
    await held.redis.client.del(held.keys.counter(name));
    expect(await counters.add(name, 1, { idempotencyToken: 'x' })).toBe(1);
  });

  it('tell of a token that somebody else wrote, and do not move', async () => {
    await held.redis.client.set(held.keys.applied(tokenHashOf('counted', 0, 'word')), 'word');
    await held.redis.client.rpush(held.keys.applied(tokenHashOf('counted', 0, 'list')), 'x');
    for (const idempotencyToken of ['word', 'list'])
      await expect(held.state.counters.add('counted', 1, { idempotencyToken })).rejects.toMatchObject({
        code: 'wrong_type',
      });
    expect(await held.state.counters.read('counted')).toBe(0);
  });

  it('leave no token and no expiry behind where a move beyond what is exact is refused', async () => {
    const end = '9223372036854775807';
    await held.redis.client.set(held.keys.counter('full'), end);
    await held.redis.client.set(held.keys.window('full', windowMs), end);
    await expect(held.state.counters.add('full', 1, { idempotencyToken: 'x' })).rejects.toMatchObject({
      code: 'counter_overflow',
    });
    await expect(held.state.counters.addWithin('full', { windowMs, idempotencyToken: 'x' })).rejects.toMatchObject({
      code: 'counter_overflow',
    });
    expect(await held.redis.client.get(held.keys.counter('full'))).toBe(end);
    const tokens = [tokenHashOf('full', 0, 'x'), tokenHashOf('full', windowMs, 'x')].map((token) =>
      held.keys.applied(token),
    );
    expect(await held.redis.client.exists(...tokens)).toBe(0);
  });
});
