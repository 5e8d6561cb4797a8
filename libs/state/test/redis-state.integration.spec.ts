import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connectRedis, hashTagOf } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { counterCases } from './cases/counter-cases.ts';
import { counterIdempotencyCases } from './cases/counter-idempotency-cases.ts';
import { counterWindowCases } from './cases/counter-window-cases.ts';
import { idempotencyCases } from './cases/idempotency-cases.ts';
import { stateCases } from './cases/state-cases.ts';
import { redisStates } from './redis-state-under-test.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

/** Keys that stay until somebody removes them. */
const staying = /:\{(g\}:global|c\d*\}:counter:.+|v\}:(version|value:.+)|l\}:fence|layout\}:version|[ci]\}:layout)$/;

const cases = stateCases.map(({ name, run }) => [name, run] as const);

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';
/** What layout 2 has elsewhere. */
const spread = [...counterCases, ...counterIdempotencyCases, ...counterWindowCases, ...idempotencyCases];

describeWith('REDIS_URL', 'state in Redis', () => {
  const layouts = [1, 2].map((layoutVersion) => redisStates(redisUrl, { layoutVersion }));
  afterEach(() => Promise.all(layouts.map((states) => states.closeAll())));

  it.each([
    ...stateCases.map(({ name, run }) => [name, layouts[0]!, /^(layout|s\d+|g|c|v|l|i|r)$/, run] as const),
    ...spread.map(
      ({ name, run }) => [`${name}, in layout 2`, layouts[1]!, /^(layout|c\d+|g|i\d+|s\d+)$/, run] as const,
    ),
  ])('%s', async (_name, states, tag, run) => {
    await expect(run(() => states.make())).resolves.toBeUndefined();
    const stored = await states.stored();
    const found = stored.map(({ key }) => key).filter((key) => !key.endsWith('}:layout'));
    for (const key of found) expect(hashTagOf(key)).toMatch(tag);
    // What has no expiry stays for ever, so only that which should may have none.
    expect(stored.filter(({ key, leftMs }) => leftMs === -1 && !staying.test(key))).toEqual([]);
  });
});

/** A Redis that answers CROSSSLOT and refuses keys that a script did not name: one node that owns every slot. */
async function startClusterNode(): Promise<RedisServer> {
  const server = await startRedisServer({ settings: { 'cluster-enabled': 'yes' } });
  const admin = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
  await admin.ready();
  await admin.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await until(async () => String(await admin.client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), WITHIN_MS);
  await admin.close();
  return server;
}

describeWith('NESTFLEET_REDIS_SERVER', 'state in a Redis Cluster node', () => {
  let server: RedisServer;
  let states: ReturnType<typeof redisStates>;

  beforeAll(async () => {
    server = await startClusterNode();
    states = redisStates(server.url);
  });
  afterEach(() => states.closeAll());
  afterAll(() => server?.stop());

  it('is one that refuses keys of two slots', async () => {
    const redis = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await redis.ready();
    await expect(redis.run((client) => client.mget('{a}k', '{b}k'))).rejects.toThrow(/CROSSSLOT/);
    await redis.close();
  });

  it('is asked once whether the sessions of a turn may share a script, and no visit is lost over it', async () => {
    const { state } = await states.make();
    const redis = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await redis.ready();
    const refusals = async () => Number(/CROSSSLOT:count=(\d+)/.exec(await redis.client.info('errorstats'))?.[1] ?? 0);
    // Closed also where an expectation fails, or jest would not end.
    try {
      const before = await refusals();
      const opened = await Promise.all(Array.from({ length: 20 }, () => state.sessions.open()));
      for (let turn = 1; turn <= 3; turn += 1) {
        const counts = await Promise.all(opened.map(({ id }) => state.visits.count(id)));
        expect(counts.map((each) => each?.sessionCount)).toEqual(opened.map(() => turn));
      }
      expect(await state.counters.readGlobal()).toBe(60);
      expect((await refusals()) - before).toBe(1);
    } finally {
      await redis.close();
    }
  });

  it.each(cases)('%s', async (_name, run) => {
    await expect(run(() => states.make())).resolves.toBeUndefined();
  });
});
