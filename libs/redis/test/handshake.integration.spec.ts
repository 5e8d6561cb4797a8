import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { type RedisServer, startRedisCluster, startRedisSentinels, startRedisServer } from '../src/testing.ts';
import { list, sendCommand } from '../src/testing/admin.ts';
import { describeWith } from './servers.ts';

const PASSWORD = 'of-this-test';
const RULES = ['~nf:*', '+incr', '+info', '+ping', '+hello', '+client', '+select', '+quit'];
const KEY = 'nf:{t}:n';
const WITHIN_MS = 20_000;

const setUser = ({ port }: RedisServer, ...rules: string[]) => sendCommand(port, ['ACL', 'SETUSER', 'app', ...rules]);
const addUser = (server: RedisServer, ...rules: string[]) =>
  setUser(server, 'reset', 'on', `>${PASSWORD}`, ...RULES, ...rules);
const asUser = (url: string, database = '') => `${url.replace('://', `://app:${PASSWORD}@`)}${database}`;

async function connectionsOf({ port }: RedisServer): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(String(await sendCommand(port, ['INFO', 'stats'])))?.[1]);
}

/** Keys of the database that nobody named. */
const strays = async ({ port }: RedisServer) => list(await sendCommand(port, ['KEYS', '*']));

const incr = (connection: RedisConnection) => connection.run((redis) => redis.incr(KEY), { key: KEY });

/** Several more connections were tried since. */
const triedAgain = async (server: RedisServer) => {
  const before = await connectionsOf(server);
  // Each question is a connection too.
  let asked = 0;
  await until(async () => (await connectionsOf(server)) - before - ++asked >= 3, WITHIN_MS);
};

describeWith('NESTFLEET_REDIS_SERVER', 'a refusal at connect', () => {
  const closes: (() => Promise<unknown>)[] = [];
  let logged: object[];
  const log = {
    info: (fields: object) => void logged.push(fields),
    warn: (fields: object) => void logged.push(fields),
  };
  const faults = () => logged.flatMap((line) => ('fault' in line ? [String(line.fault)] : []));
  const said = (words: RegExp) => until(() => faults().some((fault) => words.test(fault)), WITHIN_MS);

  const startServer = async (options: Parameters<typeof startRedisServer>[0] = {}): Promise<RedisServer> => {
    const server = await startRedisServer(options);
    closes.push(() => server.stop());
    return server;
  };
  /** As a Redis before 6 is. */
  const startOldServer = async (settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> => {
    const dir = await mkdtemp(join(tmpdir(), 'nestfleet-old-redis-'));
    closes.push(() => rm(dir, { recursive: true, force: true }));
    const include = join(dir, 'without-hello.conf');
    await writeFile(include, 'rename-command HELLO ""\n');
    return startServer({ settings: { include, ...settings } });
  };
  const connect = (url: string): RedisConnection => {
    const connection = connectRedis({ url, namespace: 'nf', log });
    closes.push(() => connection.close());
    return connection;
  };
  /** A command that waits for a connection, as those of a queue's worker and of its own duplicate do. */
  const retryingIncr = (connection: RedisConnection) => {
    const first = connection.retryingClient(5_000) as Redis;
    const second = first.duplicate();
    second.on('error', () => undefined);
    closes.push(async () => [first, second].map((client) => client.disconnect()));
    const answers = [first, second].map((client) => client.incr(KEY));
    for (const answer of answers) answer.catch(() => undefined);
    return answers;
  };

  beforeEach(() => {
    logged = [];
  });
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  it.each([
    ['a database that Redis does not have', '/99', [], /^SELECT refused: ERR DB index is out of range/],
    ['a user who may not SELECT', '/1', ['-select'], /^SELECT refused: NOPERM/],
    ['a user who may not name the connection', '', ['-client'], /^CLIENT refused: NOPERM/],
    ['a user who may not ask for the role', '', ['-info'], /^INFO refused: NOPERM/],
    ['a password that is wrong', '', [`<${PASSWORD}`, '>another'], /^HELLO refused: WRONGPASS/],
  ])(
    '%s: never ready, logged, nothing is written anywhere',
    async (_case, database, rules, words) => {
      const server = await startServer();
      await addUser(server, ...rules);
      const connection = connect(asUser(server.url, database));
      let isReady = false;
      connection.ready().then(
        () => (isReady = true),
        () => undefined,
      );
      const waiting = retryingIncr(connection);
      await said(words);
      await triedAgain(server);
      await expect(incr(connection)).rejects.toMatchObject({ code: 'redis_unavailable' });
      await expect(connection.ping()).rejects.toMatchObject({ code: 'redis_unavailable' });
      expect(connection.status()).toBe('down');
      expect(isReady).toBe(false);
      expect(await strays(server)).toEqual([]);
      expect(await Promise.race([...waiting, Promise.resolve('waits')])).toBe('waits');
      // Once, however often it was tried.
      expect(faults().filter((fault) => words.test(fault))).toHaveLength(1);
      expect(JSON.stringify(logged)).not.toContain(PASSWORD);
    },
    60_000,
  );

  it('a password where Redis wants none, of a Redis that does not know HELLO', async () => {
    const server = await startOldServer();
    const connection = connect(server.url.replace('://', `://:${PASSWORD}@`));
    await said(/^AUTH refused: ERR AUTH <password> called without any password configured/);
    await expect(incr(connection)).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(await strays(server)).toEqual([]);
  }, 60_000);

  it('a Redis that does not know HELLO is taken with the older protocol, password and database included', async () => {
    // Not the password of all: with that Valkey says NOAUTH to what it does not know, which no server without HELLO does.
    const server = await startOldServer();
    await addUser(server);
    const connection = connect(asUser(server.url, '/1'));
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    expect(await strays(server)).toEqual([]);
    expect(faults()).toEqual([]);
  }, 60_000);

  it('heals by itself at boot, and what waited goes to the database that was named', async () => {
    const server = await startServer();
    await addUser(server, '-select');
    const connection = connect(asUser(server.url, '/1'));
    const waiting = retryingIncr(connection);
    await said(/SELECT refused/);
    await setUser(server, '+select');
    await connection.ready();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([1, 2]));
    await expect(incr(connection)).resolves.toBe(3);
    expect(await strays(server)).toEqual([]);
  }, 60_000);

  it('is tried again a second later at the earliest, by one of all clients', async () => {
    const server = await startServer();
    await addUser(server, '-select');
    const before = await connectionsOf(server);
    let asked = 0;
    const tried = (times: number) =>
      until(async () => (await connectionsOf(server)) - before - ++asked >= times, WITHIN_MS);
    const clients = 1 + retryingIncr(connect(asUser(server.url, '/1'))).length;
    await tried(clients);
    const startMs = performance.now();
    await tried(clients + 3);
    // Of three one may have been under way already; timers may be a little early.
    expect(performance.now() - startMs).toBeGreaterThan(1_950);
  }, 60_000);

  it('lets all clients in as soon as one is let in, and the one that tries may leave', async () => {
    const server = await startServer();
    await addUser(server, '-select');
    const url = asUser(server.url, '/1');
    const [first, ...others] = [connect(url), connect(url), connect(url)];
    await said(/SELECT refused/);
    await triedAgain(server);
    await first.close();
    await setUser(server, '+select');
    const startMs = performance.now();
    await Promise.all(others.map((connection) => connection.ready()));
    // Nobody of them has waited for itself.
    expect(performance.now() - startMs).toBeLessThan(WITHIN_MS);
  }, 60_000);

  it('later: fails at once, says why, and heals by itself', async () => {
    const server = await startServer();
    await addUser(server);
    const connection = connect(asUser(server.url, '/1'));
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    await setUser(server, '-select');
    await sendCommand(server.port, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    await said(/SELECT refused: NOPERM/);
    const waiting = retryingIncr(connection);
    await triedAgain(server);
    await expect(incr(connection)).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(connection.status()).toBe('down');
    await setUser(server, '+select');
    await until(() => connection.status() === 'up', WITHIN_MS);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([2, 3]));
    expect(await strays(server)).toEqual([]);
  }, 60_000);

  it('a Redis that takes nobody any more keeps its words', async () => {
    const server = await startServer({ settings: { maxclients: '1' } });
    const only = connect(server.url);
    await only.ready();
    logged = [];
    const second = connect(server.url);
    await said(/max number of clients reached/);
    await only.run((redis) => redis.config('SET', 'maxclients', '100'));
    await second.ready();
    await expect(incr(second)).resolves.toBe(1);
  }, 60_000);

  it('behind Sentinels', async () => {
    const set = await startRedisSentinels({ replicas: 0, sentinels: 1 });
    closes.push(() => set.stop());
    const primary = await set.primary();
    await addUser(primary, '-select');
    await Promise.all(set.sentinels.map(({ port }) => sendCommand(port, ['ACL', 'SETUSER', 'default', '-subscribe'])));
    const connection = connect(asUser(set.url, '/1'));
    const waiting = retryingIncr(connection);
    await said(/SELECT refused: NOPERM/);
    await said(/SUBSCRIBE refused: NOPERM/);
    await triedAgain(primary);
    expect(await strays(primary)).toEqual([]);
    await setUser(primary, '+select');
    await connection.ready();
    await Promise.all(waiting);
    expect(await strays(primary)).toEqual([]);
  }, 60_000);

  it('in a cluster', async () => {
    const cluster = await startRedisCluster({ primaries: 3 });
    closes.push(() => cluster.stop());
    await Promise.all(cluster.nodes.map((node) => addUser(node, '+cluster|slots', '+cluster|info', '-client')));
    const connection = connect(asUser(cluster.url));
    await said(/CLIENT refused: NOPERM/);
    await expect(incr(connection)).rejects.toMatchObject({ code: 'redis_unavailable' });
    await Promise.all(cluster.nodes.map((node) => setUser(node, '+client')));
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
  }, 60_000);
});
