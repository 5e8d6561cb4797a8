import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { type RedisServer, freePort, startRedisServer, until } from '../src/testing.ts';
import { describeWith, ownNamespace, timed } from './servers.ts';

describeWith('NESTFLEET_REDIS_SERVER', 'Redis goes away', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  let logged: object[];

  const log = {
    info: (fields: object) => void logged.push(fields),
    // What it may lose is told of beside.
    warn: (fields: object) => void ('risk' in fields || logged.push(fields)),
  };
  const connect = (url: string) => connectRedis({ url, namespace: ownNamespace(), log });

  beforeEach(async () => {
    logged = [];
    server = await startRedisServer();
    connection = connect(server.url);
    await connection.ready();
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  const incr = () => timed(connection.run((redis) => redis.incr('{t}n')));
  const recover = (withinMs: number) => until(async () => (await connection.ping()) > 0, withinMs);

  it('every call rejects in time while Redis hangs, and all recovers alone', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const ends = await Promise.all(Array.from({ length: 50 }, incr));
    for (const { error, tookMs } of ends) {
      expect(error).toMatchObject({ code: 'redis_outcome_unknown' });
      expect(tookMs).toBeLessThan(600);
    }
    const atOnce = await Promise.all(Array.from({ length: 20 }, incr));
    for (const { error, tookMs } of atOnce) {
      expect(error).toMatchObject({ code: 'redis_unavailable' });
      expect(tookMs).toBeLessThan(50);
    }
    expect(connection.status()).toBe('down');
    process.kill(server.pid, 'SIGCONT');
    await recover(2_000);
    // All 50 unknown ones were done in the end, none of the 20 unsent ones was.
    expect((await incr()).answer).toBe(51);
  });

  it('one at a time probes a Redis that hangs, the others fail at once', async () => {
    process.kill(server.pid, 'SIGSTOP');
    await Promise.all([incr(), incr(), incr()]);
    const probes = await until(async () => {
      const ends = await Promise.all([incr(), incr(), incr(), incr()]);
      const slow = ends.filter(({ tookMs }) => tookMs > 400);
      return slow.length > 0 && slow;
    }, 5_000);
    expect(probes).toHaveLength(1);
    process.kill(server.pid, 'SIGCONT');
  });

  it('late answers go to nobody: each command gets its own', async () => {
    process.kill(server.pid, 'SIGSTOP');
    await Promise.all(['a', 'b', 'c'].map((word) => timed(connection.run((redis) => redis.echo(word)))));
    process.kill(server.pid, 'SIGCONT');
    await recover(2_000);
    const words = Array.from({ length: 20 }, (_none, n) => `word-${n}`);
    const answers = await Promise.all(words.map((word) => connection.run((redis) => redis.echo(word))));
    expect(answers).toEqual(words);
  });

  it('replaces a socket on which nothing comes, and recovers from a long hang', async () => {
    const { client } = connection;
    if (!(client instanceof Redis)) throw new Error('one server has one client');
    const socket = client.stream;
    process.kill(server.pid, 'SIGSTOP');
    await timed(connection.ping());
    await until(() => client.stream !== socket, 8_000);
    process.kill(server.pid, 'SIGCONT');
    await recover(8_000);
    expect((await incr()).answer).toBe(1);
  });

  it('rejects at once while there is no Redis, and finds the next one alone', async () => {
    await server.kill();
    await until(() => connection.status() === 'down', 2_000);
    const { error, tookMs } = await incr();
    expect(error).toMatchObject({ code: 'redis_unavailable' });
    expect(tookMs).toBeLessThan(50);
    server = await startRedisServer({ port: server.port });
    await recover(5_000);
    expect((await incr()).answer).toBe(1);
    expect(logged).toEqual([
      { event: 'redis.up' },
      expect.objectContaining({ event: 'redis.down' }),
      { event: 'redis.up' },
    ]);
  });

  it('what was under way when the connection broke is unknown, not hanging', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const under = incr();
    await server.kill();
    const { error, tookMs } = await under;
    expect(error).toMatchObject({ code: 'redis_outcome_unknown' });
    expect(tookMs).toBeLessThan(300);
  });

  it('waits for the first connection for as long as it takes', async () => {
    const port = await freePort();
    const early = connect(`redis://127.0.0.1:${port}`);
    expect(await timed(early.ping())).toMatchObject({ error: { code: 'redis_unavailable' } });
    const late = await startRedisServer({ port });
    await early.ready();
    expect(await early.ping()).toBeGreaterThan(0);
    await early.close();
    await late.stop();
  });

  it('closes in time in every state, and says so to who waits for the first connection', async () => {
    const nobody = connect(`redis://127.0.0.1:${await freePort()}`);
    const waiting = timed(nobody.ready());
    expect((await timed(nobody.close())).tookMs).toBeLessThan(500);
    expect((await waiting).error).toMatchObject({ code: 'redis_unavailable' });

    const between = connect(`redis://127.0.0.1:${await freePort()}`);
    await until(() => between.client.status === 'reconnecting', 2_000);
    expect((await timed(between.close())).tookMs).toBeLessThan(500);

    process.kill(server.pid, 'SIGSTOP');
    expect((await timed(connection.close())).tookMs).toBeLessThan(1_500);
  });
});
