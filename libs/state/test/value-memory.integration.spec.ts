import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { openState, type State } from '../src/index.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

const LONG = 'x'.repeat(65_000);

describeWith('NESTFLEET_REDIS_SERVER', 'the memory of values', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let state: State;
  let open: () => Promise<State>;

  beforeEach(async () => {
    const namespace = ownNamespace();
    server = await startRedisServer();
    redis = connectRedis({ url: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    open = async () => {
      const opened = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
      await opened.ready();
      return opened;
    };
    state = await open();
    await redis.ready();
  });
  afterEach(async () => {
    await state?.close();
    await redis?.close();
    await server?.stop();
  });

  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1]);
  const maxmemory = async (bytes: number) => redis.client.config('SET', 'maxmemory', Math.round(bytes));

  it('is bounded where they ask for room: from three quarters of maxmemory on, and all others are taken', async () => {
    expect(await state.values.put('a', 'v', { ifRoom: true })).toMatchObject({ created: true });
    await maxmemory((await used()) * 1.25);
    const refused = { code: 'state_memory_low', status: 503 };
    const isRefused = () =>
      state.values.put('a', 'v', { ifRoom: true }).then(
        () => false,
        ({ code }) => code === refused.code,
      );
    await until(isRefused, WITHIN_MS);
    await expect(state.values.put('b', 'v', { ifRoom: true })).rejects.toMatchObject(refused);
    expect(await state.values.get('b')).toBeUndefined();
    expect(await state.values.put('b', 'v')).toMatchObject({ created: true });
    await maxmemory((await used()) * 2);
    await until(async () => !(await isRefused()), WITHIN_MS);
  });

  it.each([true, false])('counts them as they are written, where they ask for room: %s', async (ifRoom) => {
    await maxmemory(((await used()) + 16 * LONG.length) / 0.75);
    // Has seen the bound before it begins, and sees nothing of what it writes.
    await state.close();
    state = await open();
    await state.checkWrites();
    await redis.client.call('ACL', 'SETUSER', 'default', '-info');
    await maxmemory(0);
    const put = (n: number) => state.values.put(`k${n}`, LONG, { ifRoom });
    const ends = await Promise.allSettled(Array.from({ length: 32 }, (_none, n) => put(n)));
    await expect(state.values.put('more', LONG, { ifRoom: true })).rejects.toMatchObject({ code: 'state_memory_low' });
    expect(ends.some(({ status }) => status === 'rejected')).toBe(ifRoom);
  });
});
