import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, luaScript } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { type RedisCluster, type RedisServer, startRedisCluster } from '../src/testing.ts';
import { sendCommand } from '../src/testing/admin.ts';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

/** Tags on three different nodes. */
const KEYS = ['{a}n', '{b}n', '{c}n'] as const;
/** So long that a node which serves answers within it on any machine. */
const COMMAND_TIMEOUT_MS = 3_000;

describeWith('NESTFLEET_REDIS_SERVER', 'a Redis Cluster', () => {
  let cluster: RedisCluster;
  let connection: RedisConnection;
  let logged: object[];
  let risks: object[];

  const log = {
    info: (fields: object) => void logged.push(fields),
    warn: (fields: object) => void ('risk' in fields ? risks : logged).push(fields),
  };
  const connect = (url = cluster.url) =>
    connectRedis({ url, namespace: ownNamespace(), log, commandTimeoutMs: COMMAND_TIMEOUT_MS });
  const incr = (key: string) => endOf(connection.run((redis) => redis.incr(key), { key }));
  const at = async (key: string): Promise<RedisServer> => cluster.primaryOf(key);

  beforeAll(async () => {
    // Without this the rest of the cluster refuses to serve as soon as it takes one node for dead.
    cluster = await startRedisCluster({ primaries: 3, settings: { 'cluster-require-full-coverage': 'no' } });
  }, 30_000);
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    logged = [];
    risks = [];
    connection = connect();
    await connection.ready();
    for (const key of KEYS) await connection.run((redis) => redis.del(key), { key });
  });
  afterEach(() => connection?.close());

  it('is sharded, up, and answers wherever a key is', async () => {
    expect(connection.sharded).toBe(true);
    expect(connection.status()).toBe('up');
    expect(await connection.ping()).toBeGreaterThan(0);
    expect(new Set(await Promise.all(KEYS.map(async (key) => (await at(key)).port))).size).toBe(3);
    for (const key of KEYS) expect((await incr(key)).answer).toBe(1);
    expect(logged).toEqual([{ event: 'redis.up' }]);
  });

  it('runs scripts where their keys are, and refuses one over two tags before it is sent', async () => {
    const script = luaScript('twice', `return redis.call('INCRBY', KEYS[1], 2 * ARGV[1]) -- ${ownNamespace()}`);
    for (const key of KEYS) {
      await expect(connection.run((redis) => script.run(redis, [key], [3]), { key })).resolves.toBe(6);
    }
    const two = connection.run((redis) => script.run(redis, ['{a}n', '{b}n'], [1]), { key: '{a}n' });
    await expect(two).rejects.toMatchObject({ code: 'cross_slot' });
    const across = connection.run((redis) => script.runAcross(redis, ['{a}n', '{b}n'], [1]), { key: '{a}n' });
    await expect(across).rejects.toThrow(/CROSSSLOT/);
  });

  it('finds the node that holds a key', async () => {
    for (const key of KEYS) {
      await incr(key);
      expect(connection.nodeOf(key)?.options.port).toBe((await at(key)).port);
      expect(await connection.nodeOf(key)?.keys('*')).toEqual([key]);
    }
  });

  it('reaches the cluster by any node of the address that is alive', async () => {
    const [node] = cluster.nodes;
    const other = connect(`redis+cluster://127.0.0.1:1,127.0.0.1:${node?.port}`);
    await other.ready();
    await expect(other.ping()).resolves.toBeGreaterThan(0);
    await other.close();
  });

  it('logs its durability risks, once', async () => {
    await until(() => risks.length === 2, WITHIN_MS);
    expect(risks).toEqual([
      expect.objectContaining({ event: 'redis.durability_risk', risk: 'no_append_only_file' }),
      expect.objectContaining({ event: 'redis.durability_risk', risk: 'no_replica', nodes: expect.any(Array) }),
    ]);
    expect(risks[1]).toMatchObject({ nodes: expect.arrayContaining([`127.0.0.1:${(await at('{a}n')).port}`]) });
  });

  it('a primary that hangs fails alone, in time, and comes back by itself', async () => {
    const hung = await at('{a}n');
    let sent = 3;
    hung.child.kill('SIGSTOP');
    try {
      const ends = await Promise.all([incr('{a}n'), incr('{a}n'), incr('{a}n'), incr('{b}n'), incr('{c}n')]);
      expect(ends.map(({ how }) => how)).toEqual(['overdue', 'overdue', 'overdue', 'answered', 'answered']);
      for (const { error } of ends.slice(0, 3)) expect(error).toMatchObject({ code: 'redis_outcome_unknown' });
      for (const { answer } of ends.slice(3)) expect(answer).toBe(1);
      // Two at once, because one of them may be the probe.
      const two = await Promise.all([incr('{a}n'), incr('{a}n')]);
      const unsent = two.filter(({ how }) => how === 'not sent');
      expect(unsent.length).toBeGreaterThan(0);
      sent += two.length - unsent.length;
      expect((await incr('{b}n')).answer).toBe(2);
      expect(connection.status()).toBe('down');
      await expect(connection.ping()).rejects.toMatchObject({ code: 'redis_unavailable' });
    } finally {
      hung.child.kill('SIGCONT');
    }
    await until(async () => (await connection.ping()) > 0, WITHIN_MS);
    await until(() => connection.status() === 'up', WITHIN_MS);
    // Each that was sent is done once; the one that failed at once never was.
    expect((await incr('{a}n')).answer).toBe(sent + 1);
  }, 30_000);

  it('what was under way when its connection broke is unknown, and is not sent again', async () => {
    const [key] = KEYS;
    const node = await at(key);
    node.child.kill('SIGSTOP');
    const under = incr(key);
    // It is in the kernel of the other side and will be done; only the answer has nowhere to go.
    await new Promise((turn) => setImmediate(turn));
    connection.nodeOf(key)?.stream.destroy();
    // Of the connection, and not of its own time.
    expect(await under).toMatchObject({ how: 'failed', error: { code: 'redis_outcome_unknown' } });
    node.child.kill('SIGCONT');
    await until(() => connection.status() === 'up', WITHIN_MS);
    expect((await incr(key)).answer).toBe(2);
  });

  it('a primary that is gone fails alone and at once, and is found again by itself', async () => {
    await connection.close();
    const own = await startRedisCluster({ primaries: 3, settings: { 'cluster-require-full-coverage': 'no' } });
    logged = [];
    connection = connect(own.url);
    await connection.ready();
    const gone = await own.primaryOf('{a}n');
    await gone.kill();
    await until(() => connection.status() === 'down', WITHIN_MS);
    // Once every connection that is dead has been seen to be: `down` comes with the first.
    await until(async () => (await incr('{a}n')).how === 'not sent', WITHIN_MS);
    expect((await incr('{b}n')).answer).toBe(1);
    await own.restart(gone);
    await until(() => connection.status() === 'up', WITHIN_MS);
    expect((await incr('{a}n')).answer).toBe(1);
    expect(logged).toEqual([
      { event: 'redis.up' },
      { event: 'redis.down', fault: expect.stringContaining(String(gone.port)) },
      { event: 'redis.up' },
    ]);
    await own.stop();
  }, 60_000);

  it('goes on by itself after the whole cluster was gone', async () => {
    await connection.close();
    const own = await startRedisCluster({ primaries: 3 });
    connection = connect(own.url);
    await connection.ready();
    await Promise.all(own.nodes.map((node) => node.kill()));
    await until(() => connection.status() === 'down', WITHIN_MS);
    // Once every connection that is dead has been seen to be: `down` comes with the first.
    await until(async () => (await incr('{a}n')).how === 'not sent', WITHIN_MS);
    expect((await incr('{a}n')).error).toMatchObject({ code: 'redis_unavailable' });
    for (const node of own.nodes) await own.restart(node);
    await until(() => connection.status() === 'up', WITHIN_MS);
    for (const key of KEYS) expect((await incr(key)).answer).toBe(1);
    await own.stop();
  }, 60_000);

  it('follows a slot that moves, without a fault and without doing anything twice', async () => {
    const [key] = KEYS;
    const from = await at(key);
    const to = await at('{b}n');
    const slot = String(await sendCommand(from.port, ['CLUSTER', 'KEYSLOT', key]));
    const ids = await Promise.all(
      [from, to].map(async ({ port }) => String(await sendCommand(port, ['CLUSTER', 'MYID']))),
    );
    await incr(key);
    await sendCommand(to.port, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[0] ?? '']);
    await sendCommand(from.port, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[1] ?? '']);
    await sendCommand(from.port, ['MIGRATE', '127.0.0.1', String(to.port), key, '0', '1000']);
    // ASK: the key is there already, the slot is not.
    expect((await incr(key)).answer).toBe(2);
    for (const { port } of [to, from]) await sendCommand(port, ['CLUSTER', 'SETSLOT', slot, 'NODE', ids[1] ?? '']);
    expect((await incr(key)).answer).toBe(3);
    await until(() => connection.nodeOf(key)?.options.port === to.port, WITHIN_MS);
    // Back, for the other tests.
    await sendCommand(to.port, ['DEL', key]);
    for (const { port } of cluster.nodes) await sendCommand(port, ['CLUSTER', 'SETSLOT', slot, 'NODE', ids[0] ?? '']);
  });

  it('a slot that nobody serves: nothing is done, each change is one line, and it heals alone', async () => {
    await connection.close();
    const own = await startRedisCluster({ primaries: 3 });
    logged = [];
    connection = connect(own.url);
    await connection.ready();
    const node = await own.primaryOf('{a}n');
    const slot = String(await sendCommand(node.port, ['CLUSTER', 'KEYSLOT', '{a}n']));
    for (const { port } of own.nodes) await sendCommand(port, ['CLUSTER', 'DELSLOTS', slot]);
    await until(async () => (await incr('{b}n')).error !== undefined, WITHIN_MS);
    for (const key of KEYS) expect((await incr(key)).error).toMatchObject({ code: 'redis_unavailable' });
    await expect(connection.checkWrites()).rejects.toMatchObject({ code: 'redis_unavailable' });
    await sendCommand(node.port, ['CLUSTER', 'ADDSLOTS', slot]);
    await until(() => connection.status() === 'up', WITHIN_MS);
    expect(await until(async () => (await endOf(connection.checkWrites())).error === undefined, WITHIN_MS)).toBe(true);
    expect((await incr('{a}n')).answer).toBe(1);
    expect(logged).toEqual([
      { event: 'redis.up' },
      { event: 'redis.down', fault: expect.stringContaining('CLUSTERDOWN') },
      { event: 'redis.up' },
    ]);
    await own.stop();
  }, 60_000);

  it('closes in every state', async () => {
    const nobody = connect('redis+cluster://127.0.0.1:1,127.0.0.1:2');
    const waiting = endOf(nobody.ready());
    await until(() => logged.some((line) => 'fault' in line), WITHIN_MS);
    expect(logged.filter((line) => 'fault' in line)).toEqual([
      { event: 'redis.down', fault: expect.stringContaining('ECONNREFUSED') },
    ]);
    expect(await endOf(nobody.ping())).toMatchObject({ error: { code: 'redis_unavailable' } });
    await nobody.close();
    expect((await waiting).error).toMatchObject({ code: 'redis_unavailable' });
    const hung = await at('{a}n');
    hung.child.kill('SIGSTOP');
    await connection.close();
    hung.child.kill('SIGCONT');
    expect(connection.status()).toBe('down');
  });
});
