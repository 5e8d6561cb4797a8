import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace } from '@nestfleet/redis';
import { type State, openState } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { describeWith, ownNamespace } from './servers.ts';

describeWith('REDIS_URL', 'versions of values in Redis', () => {
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

  it('are not given out again when a crash of Redis took the last writes along', async () => {
    await state.values.put('kept', 'v');
    const saved = await redis.client.get(keys.valueVersion());
    const lost = await state.values.put('lost', 'told the client');
    // What appendfsync everysec may forget: the write, and that its version was used.
    await redis.client.set(keys.valueVersion(), saved ?? '');
    await redis.client.del(keys.value('lost'));
    const other = await state.values.put('lost', 'of somebody else');
    expect(other.version).toBeGreaterThan(lost.version);
    await expect(state.values.put('lost', 'late', { ifVersion: lost.version })).rejects.toMatchObject({
      code: 'version_conflict',
    });
  });

  it('go on from the last one while the clock of Redis is behind it', async () => {
    const beyond = Date.now() * 1_000 + 3_600_000_000;
    await redis.client.set(keys.valueVersion(), beyond);
    expect((await state.values.put('k', 'v')).version).toBe(beyond + 1);
    expect((await state.values.put('k', 'v')).version).toBe(beyond + 2);
    await redis.client.del(keys.valueVersion());
    // An evicted last version: the value's own is still known.
    expect((await state.values.put('k', 'v')).version).toBe(beyond + 3);
    expect(await redis.client.get(keys.valueVersion())).toBe(String(beyond + 3));
  });

  it('are those of a value that was written before there were such versions', async () => {
    await redis.client.hset(keys.value('old'), { value: 'v', version: 7 });
    expect(await state.values.get('old')).toMatchObject({ value: 'v', version: 7 });
    expect((await state.values.put('old', 'w', { ifVersion: 7 })).version).toBeGreaterThan(7);
  });

  it('are told of a key that somebody else wrote, which is left as it is', async () => {
    await redis.client.rpush(keys.value('list'), 'x');
    for (const work of [
      state.values.get('list'),
      state.values.put('list', 'v'),
      state.values.remove('list'),
      state.values.put('list', 'v', { ifVersion: 'absent' }),
    ])
      await expect(work).rejects.toMatchObject({ code: 'wrong_type', status: 409 });
    expect(await redis.client.lrange(keys.value('list'), 0, -1)).toEqual(['x']);
    expect(await state.values.put('other', 'v')).toMatchObject({ value: 'v' });
  });
});
