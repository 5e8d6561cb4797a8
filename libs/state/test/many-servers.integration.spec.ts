import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  type RedisCluster,
  type RedisSentinels,
  startRedisCluster,
  startRedisSentinels,
} from '@nestfleet/redis/testing';
import { stateCases } from './cases/state-cases.ts';
import { redisStates } from './redis-state-under-test.ts';
import { describeWith } from './servers.ts';

const cases = stateCases.map(({ name, run }) => [name, run] as const);

describeWith('NESTFLEET_REDIS_SERVER', 'state in a Redis Cluster of three primaries', () => {
  let cluster: RedisCluster;
  let states: ReturnType<typeof redisStates>;

  beforeAll(async () => {
    cluster = await startRedisCluster({ primaries: 3 });
    // The newer layout: the older one is asked of a node of a cluster in redis-state.integration.spec.ts.
    states = redisStates(cluster.url, { layoutVersion: 2 });
  }, 30_000);
  afterEach(() => states.closeAll());
  afterAll(() => cluster?.stop());

  it('is spread over all of them', async () => {
    const { state } = await states.make();
    const opened = await Promise.all(Array.from({ length: 64 }, () => state.sessions.open()));
    await Promise.all(opened.map(({ id }) => state.visits.count(id)));
    await Promise.all(opened.map(({ id }) => state.counters.add(id)));
    await Promise.all(opened.map(({ id }) => state.idempotency.begin(id, 'f')));
    const found = await Promise.all(cluster.nodes.map(({ port }) => states.keysAt(port)));
    for (const kind of ['session', 'counter', 'idem']) {
      const ofKind = found.map((keys) => keys.filter((key) => key.includes(`}:${kind}:`)).length);
      expect(Math.min(...ofKind)).toBeGreaterThan(0);
    }
  });

  it.each(cases)('%s', async (_name, run) => {
    await expect(run(() => states.make())).resolves.toBeUndefined();
  });
});

describeWith('NESTFLEET_REDIS_SERVER', 'state behind Redis Sentinels', () => {
  let set: RedisSentinels;
  let states: ReturnType<typeof redisStates>;

  beforeAll(async () => {
    set = await startRedisSentinels({ replicas: 1, sentinels: 3 });
    states = redisStates(set.url);
  }, 40_000);
  afterEach(() => states.closeAll());
  afterAll(() => set?.stop());

  it.each(cases)('%s', async (_name, run) => {
    await expect(run(() => states.make())).resolves.toBeUndefined();
  });
});
