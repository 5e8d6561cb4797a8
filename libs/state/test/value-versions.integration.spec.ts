import { expect, it } from '@jest/globals';
import { describeWith } from './servers.ts';
import { stateBesideRedis } from './state-beside-redis.ts';

describeWith('REDIS_URL', 'versions of values in Redis', () => {
  const held = stateBesideRedis();

  it('are not given out again when a crash of Redis took the last writes along', async () => {
    await held.state.values.put('kept', 'v');
    const saved = await held.redis.client.get(held.keys.valueVersion());
    const lost = await held.state.values.put('lost', 'told the client');
    // What appendfsync everysec may forget: the write, and that its version was used.
    await held.redis.client.set(held.keys.valueVersion(), saved ?? '');
    await held.redis.client.del(held.keys.value('lost'));
    const other = await held.state.values.put('lost', 'of somebody else');
    expect(other.version).toBeGreaterThan(lost.version);
    await expect(held.state.values.put('lost', 'late', { ifVersion: lost.version })).rejects.toMatchObject({
      code: 'version_conflict',
    });
  });

  it('go on from the last one while the clock of Redis is behind it', async () => {
    const beyond = Date.now() * 1_000 + 3_600_000_000;
    await held.redis.client.set(held.keys.valueVersion(), beyond);
    expect((await held.state.values.put('k', 'v')).version).toBe(beyond + 1);
    expect((await held.state.values.put('k', 'v')).version).toBe(beyond + 2);
    await held.redis.client.del(held.keys.valueVersion());
    // An evicted last version: the value's own is still known.
    expect((await held.state.values.put('k', 'v')).version).toBe(beyond + 3);
    expect(await held.redis.client.get(held.keys.valueVersion())).toBe(String(beyond + 3));
  });

  it('are those of a value that was written before there were such versions', async () => {
    await held.redis.client.hset(held.keys.value('old'), { value: 'v', version: 7 });
    expect(await held.state.values.get('old')).toMatchObject({ value: 'v', version: 7 });
    expect((await held.state.values.put('old', 'w', { ifVersion: 7 })).version).toBeGreaterThan(7);
  });

  it('are told of a key that somebody else wrote, which is left as it is', async () => {
    await held.redis.client.rpush(held.keys.value('list'), 'x');
    for (const work of [
      held.state.values.get('list'),
      held.state.values.put('list', 'v'),
      held.state.values.remove('list'),
      held.state.values.put('list', 'v', { ifVersion: 'absent' }),
    ])
      await expect(work).rejects.toMatchObject({ code: 'wrong_type', status: 409 });
    expect(await held.redis.client.lrange(held.keys.value('list'), 0, -1)).toEqual(['x']);
    expect(await held.state.values.put('other', 'v')).toMatchObject({ value: 'v' });
  });
});
