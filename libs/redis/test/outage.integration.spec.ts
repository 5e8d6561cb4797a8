import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { type RedisServer, freePort, startRedisServer } from '../src/testing.ts';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

/** A port that the system gives to nobody who asks for any, and that takes a right to listen on. */
const NOBODY = 'redis://127.0.0.1:1';

describeWith('NESTFLEET_REDIS_SERVER', 'an outage of Redis', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  let logged: object[];

  const log = {
    info: (fields: object) => void logged.push(fields),
    // Durability risks are logged beside.
    warn: (fields: object) => void ('risk' in fields || logged.push(fields)),
  };
  const connect = (url: string, commandTimeoutMs = 1_000) =>
    connectRedis({ url, namespace: ownNamespace(), log, commandTimeoutMs });

  beforeEach(async () => {
    logged = [];
    server = await startRedisServer();
    connection = connect(server.url);
    await connection.ready();
  });
  afterEach(async () => {
    await connection?.close();
    await server?.stop();
  });

  const incr = () => endOf(connection.run((redis) => redis.incr('{t}n')));
  const recover = () => until(async () => (await connection.ping()) > 0, WITHIN_MS);

  it('every call rejects in time while Redis hangs, and all recovers alone', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const ends = await Promise.all(Array.from({ length: 50 }, incr));
    expect(ends.map(({ how }) => how)).toEqual(Array(50).fill('overdue'));
    for (const { error } of ends) expect(error).toMatchObject({ code: 'redis_outcome_unknown' });
    const further = (await Promise.all(Array.from({ length: 20 }, incr))).map(({ how }) => how);
    // One of them may be the probe, where this process was kept from its work for so long.
    const probes = further.filter((how) => how === 'overdue').length;
    expect(probes).toBeLessThanOrEqual(1);
    expect(further.filter((how) => how === 'not sent')).toHaveLength(20 - probes);
    expect(connection.status()).toBe('down');
    process.kill(server.pid, 'SIGCONT');
    await recover();
    // All unknown ones were done in the end, none of the unsent ones was.
    expect((await incr()).answer).toBe(50 + probes + 1);
  });

  it('one at a time probes a Redis that hangs, the others fail at once', async () => {
    process.kill(server.pid, 'SIGSTOP');
    await Promise.all([incr(), incr(), incr()]);
    const probes = await until(async () => {
      const ends = await Promise.all([incr(), incr(), incr(), incr()]);
      const sent = ends.filter(({ how }) => how === 'overdue');
      return sent.length > 0 && sent;
    }, WITHIN_MS);
    expect(probes).toHaveLength(1);
    process.kill(server.pid, 'SIGCONT');
  });

  it('late answers go to nobody: each command gets its own', async () => {
    process.kill(server.pid, 'SIGSTOP');
    await Promise.all(['a', 'b', 'c'].map((word) => endOf(connection.run((redis) => redis.echo(word)))));
    process.kill(server.pid, 'SIGCONT');
    await recover();
    const words = Array.from({ length: 20 }, (_none, n) => `word-${n}`);
    const answers = await Promise.all(words.map((word) => connection.run((redis) => redis.echo(word))));
    expect(answers).toEqual(words);
  });

  it('replaces a socket on which nothing comes, and recovers from a long hang', async () => {
    const { client } = connection;
    if (!(client instanceof Redis)) throw new Error('one server has one client');
    const socket = client.stream;
    process.kill(server.pid, 'SIGSTOP');
    await endOf(connection.ping());
    await until(() => client.stream !== socket, WITHIN_MS);
    process.kill(server.pid, 'SIGCONT');
    await recover();
    expect((await incr()).answer).toBe(1);
  });

  it('rejects at once while there is no Redis, and finds the next one alone', async () => {
    await server.kill();
    await until(() => connection.status() === 'down', WITHIN_MS);
    expect((await incr()).how).toBe('not sent');
    server = await startRedisServer({ port: server.port });
    await recover();
    expect((await incr()).answer).toBe(1);
    expect(logged).toEqual([
      { event: 'redis.up' },
      expect.objectContaining({ event: 'redis.down' }),
      { event: 'redis.up' },
    ]);
  });

  it('what was under way when the connection broke is unknown, not hanging', async () => {
    const slow = connect(server.url, 60_000);
    await slow.ready();
    process.kill(server.pid, 'SIGSTOP');
    const under = endOf(slow.run((redis) => redis.incr('{t}n')));
    await server.kill();
    // Long before its own time is over.
    expect((await under).error).toMatchObject({ code: 'redis_outcome_unknown' });
    await slow.close();
  });

  it('waits for the first connection for as long as it takes', async () => {
    const port = await freePort();
    const early = connect(`redis://127.0.0.1:${port}`);
    expect(await endOf(early.ping())).toMatchObject({ error: { code: 'redis_unavailable' } });
    const late = await startRedisServer({ port });
    await early.ready();
    expect(await early.ping()).toBeGreaterThan(0);
    await early.close();
    await late.stop();
  });

  it('closes in every state, and says so to who waits for the first connection', async () => {
    const nobody = connect(NOBODY);
    const waiting = endOf(nobody.ready());
    await nobody.close();
    expect((await waiting).error).toMatchObject({ code: 'redis_unavailable' });

    const between = connect(NOBODY);
    await until(() => between.client.status === 'reconnecting', WITHIN_MS);
    await between.close();

    process.kill(server.pid, 'SIGSTOP');
    await connection.close();
  });
});
