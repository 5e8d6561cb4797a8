import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { type RedisSentinels, startRedisSentinels } from '../src/testing.ts';
import { list, sendCommand } from '../src/testing/admin.ts';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

const KEY = '{t}n';

describeWith('NESTFLEET_REDIS_SERVER', 'Redis Sentinel', () => {
  let set: RedisSentinels;
  let connection: RedisConnection;
  let logged: object[];

  const log = {
    info: (fields: object) => void logged.push(fields),
    warn: (fields: object) => void ('risk' in fields || logged.push(fields)),
  };
  const connect = (url = set.url) => connectRedis({ url, namespace: ownNamespace(), log, commandTimeoutMs: 2_000 });
  const incr = () => endOf(connection.run((redis) => redis.incr(KEY)));
  const isUp = () => connection.status() === 'up';
  /** Said, because the state itself may be over before it is looked at. */
  const wasDown = () => logged.some((line) => 'event' in line && line.event === 'redis.down');

  beforeEach(async () => {
    logged = [];
    set = await startRedisSentinels({ replicas: 1, sentinels: 3 });
    connection = connect();
    await connection.ready();
  }, 40_000);
  afterEach(async () => {
    await connection?.close();
    await set?.stop();
  });

  /** Counts without a pause until told to stop: how each went. */
  function load() {
    const ends: Awaited<ReturnType<typeof incr>>[] = [];
    const stopped = new AbortController();
    const done = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!stopped.signal.aborted) {
          ends.push(await incr());
          await new Promise((next) => setTimeout(next, 2));
        }
      }),
    );
    return {
      ends,
      async stop() {
        stopped.abort();
        await done;
        const codes = ends.map(({ error }) => (error === undefined ? 'done' : (error as { code: string }).code));
        const of = (code: string) => codes.filter((each) => each === code).length;
        const counted = { done: of('done'), unknown: of('redis_outcome_unknown'), unsent: of('redis_unavailable') };
        expect(counted.done + counted.unknown + counted.unsent).toBe(ends.length);
        return counted;
      },
    };
  }

  it('connects to the primary, is not sharded, and is up', async () => {
    expect(connection.sharded).toBe(false);
    expect(isUp()).toBe(true);
    expect((await incr()).answer).toBe(1);
    expect(await sendCommand((await set.primary()).port, ['GET', KEY])).toBe('1');
  });

  it('a planned failover under load loses nothing that was acknowledged, and does nothing twice', async () => {
    const counting = load();
    await until(() => counting.ends.length > 50, WITHIN_MS);
    const now = await set.failover();
    const before = counting.ends.length;
    await until(() => counting.ends.slice(before).filter(({ error }) => error === undefined).length > 50, WITHIN_MS);
    const { done, unknown } = await counting.stop();
    const stored = Number(await sendCommand(now.port, ['GET', KEY]));
    expect(stored).toBeGreaterThanOrEqual(done);
    expect(stored).toBeLessThanOrEqual(done + unknown);
    expect(logged).toEqual([
      { event: 'redis.up' },
      expect.objectContaining({ event: 'redis.down' }),
      { event: 'redis.up' },
    ]);
  }, 60_000);

  it('goes on by itself when the primary hangs and another takes over, whose socket says nothing of it', async () => {
    const hung = await set.primary();
    // Sends nothing, so no silence makes it suspect the socket: only the Sentinels can tell it.
    const idle = connect();
    await idle.ready();
    const counting = load();
    await until(() => counting.ends.length > 50, WITHIN_MS);
    hung.child.kill('SIGSTOP');
    const now = await until(async () => {
      const named = await set.primary();
      return named !== hung && named;
    }, WITHIN_MS);
    await until(() => idle.nodeOf(KEY)?.stream.remotePort === (now && now.port), WITHIN_MS);
    await idle.close();
    await until(isUp, WITHIN_MS);
    const before = counting.ends.length;
    await until(() => counting.ends.slice(before).some(({ error }) => error === undefined), WITHIN_MS);
    const { done, unknown } = await counting.stop();
    const stored = now && Number(await sendCommand(now.port, ['GET', KEY]));
    expect(stored).toBeLessThanOrEqual(done + unknown);
    hung.child.kill('SIGCONT');
  }, 60_000);

  it('goes on by itself when the primary is killed, with the first Sentinel dead', async () => {
    await set.sentinels[0]?.kill();
    const dead = await set.primary();
    await incr();
    await dead.kill();
    await until(wasDown, WITHIN_MS);
    // The Sentinels go on naming the one that is gone for a while.
    await until(isUp, WITHIN_MS);
    // Another Sentinel is asked than the one the connection went by: it may learn of it later.
    await until(async () => (await set.primary()) !== dead, WITHIN_MS);
    expect((await incr()).error).toBeUndefined();
    await set.restart(dead);
    await until(async () => list(await sendCommand(dead.port, ['ROLE']))[3] === 'connected', WITHIN_MS);
    const late = connect();
    await late.ready();
    await expect(late.ping()).resolves.toBeGreaterThan(0);
    await late.close();
  }, 60_000);

  it('leaves a primary that has become a replica, and does not come back for as long as it is one', async () => {
    const [one, two] = set.servers;
    if (one === undefined || two === undefined) throw new Error('there are two');
    // By hand, so that no Sentinel tells of it; they need ten seconds to find out.
    await sendCommand(one.port, ['REPLICAOF', '127.0.0.1', String(two.port)]);
    expect((await incr()).error).toMatchObject({ code: 'redis_writes_refused' });
    await until(wasDown, WITHIN_MS);
    await sendCommand(one.port, ['REPLICAOF', 'NO', 'ONE']);
    await until(isUp, WITHIN_MS);
    expect((await incr()).error).toBeUndefined();
  }, 30_000);

  it('closes in every state', async () => {
    const nobody = connect('redis+sentinel://127.0.0.1:1,127.0.0.1:2/main');
    const waiting = endOf(nobody.ready());
    await until(() => logged.some((line) => 'fault' in line), WITHIN_MS);
    await nobody.close();
    expect((await waiting).error).toMatchObject({ code: 'redis_unavailable' });
    const strangers = connect(set.url.replace(/main$/, 'other'));
    await until(() => logged.filter((line) => 'fault' in line).length === 2, WITHIN_MS);
    await strangers.close();
    (await set.primary()).child.kill('SIGSTOP');
    await connection.close();
  }, 30_000);
});
