import { afterEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { type RedisCluster, startRedisCluster } from '../src/testing.ts';
import { WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

describeWith('NESTFLEET_REDIS_SERVER', 'the memory of a cluster', () => {
  let cluster: RedisCluster | undefined;
  let redis: RedisConnection | undefined;
  afterEach(async () => {
    await redis?.close();
    await cluster?.stop();
  });

  it('is that of each node: keys of one that is nearly full have no room, all others have, and health tells of it', async () => {
    cluster = await startRedisCluster({ primaries: 3 });
    const connection = connectRedis({ url: cluster.url, namespace: ownNamespace() });
    redis = connection;
    await connection.ready();
    const keys = Array.from({ length: 50 }, (_none, n) => `{t${n}}k`);
    const full = connection.nodeOf('{t0}k');
    const used = Number(/used_memory:(\d+)/.exec((await full?.info('memory')) ?? '')?.[1]);
    const withRoom = () => keys.filter((key) => connection.hasRoom(key, 1, 0.85));
    expect(withRoom()).toEqual(keys);
    await full?.config('SET', 'maxmemory', Math.round(used / 0.9));
    await until(() => withRoom().length < keys.length, WITHIN_MS);
    expect(withRoom()).toEqual(keys.filter((key) => connection.nodeOf(key) !== full));
    await expect(connection.checkWrites()).rejects.toMatchObject({ code: 'redis_memory_low' });
    await connection.run((client) => client.set('{t0}k', 'v'), { key: '{t0}k' });
    await full?.config('SET', 'maxmemory', '0');
    await until(() => connection.checkWrites().then(() => true), WITHIN_MS);
    expect(withRoom()).toEqual(keys);
  });
});
