import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type RedisConnection, connectRedis, luaScript, withRedisBudget } from '../src/index.ts';
import { type RedisServer, startRedisServer } from '../src/testing.ts';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

interface Line {
  readonly event: string;
  readonly fault?: string;
}
const endless = 'while true do end';
const twoWrites = "redis.call('SET', KEYS[1], '1') return redis.call('HSET', KEYS[2], 'f', 'v')";
const script = luaScript('write', twoWrites);

describeWith('NESTFLEET_REDIS_SERVER', 'a Redis that answers and refuses', () => {
  let server: RedisServer;
  let admin: RedisConnection;
  let connection: RedisConnection;
  let logged: Line[];

  const log = {
    info: (fields: object) => void logged.push(fields as Line),
    warn: (fields: object) => void ('risk' in fields || logged.push(fields as Line)),
  };
  const start = async (settings: Record<string, string> = {}) => {
    server = await startRedisServer({ settings });
    admin = connectRedis({ url: server.url, namespace: ownNamespace() });
    await admin.ready();
  };
  const connect = async (url = server.url) => {
    connection = connectRedis({ url, namespace: ownNamespace(), log, commandTimeoutMs: 2_000 });
    await connection.ready();
    logged.length = 0;
  };
  const told = (...words: string[]) => admin.client.call(...(words as [string]));
  const incr = () => endOf(connection.run((redis) => redis.incr('{t}n')));
  const accepted = () => endOf(connection.checkWrites()).then(({ error }) => error === undefined);
  const eventsOf = () => logged.map(({ event }) => event);
  const connectionsMade = async () =>
    Number(/total_connections_received:(\d+)/.exec(await admin.client.info('stats'))?.[1]);

  beforeEach(() => {
    logged = [];
  });
  afterEach(async () => {
    await connection?.close();
    await admin?.close();
    await server?.stop();
  });

  const noDisk = async () => {
    await told('CONFIG', 'SET', 'save', '3600 1');
    await rm(server.dir, { recursive: true, force: true });
    await told('BGSAVE');
    await until(async () => (await admin.client.info()).includes('rdb_last_bgsave_status:err'), WITHIN_MS);
  };
  it.each([
    ['READONLY', () => told('REPLICAOF', '127.0.0.1', '1'), () => told('REPLICAOF', 'NO', 'ONE')],
    ['OOM', () => told('CONFIG', 'SET', 'maxmemory', '1'), () => told('CONFIG', 'SET', 'maxmemory', '0')],
    [
      'NOREPLICAS',
      () => told('CONFIG', 'SET', 'min-replicas-to-write', '1'),
      () => told('CONFIG', 'SET', 'min-replicas-to-write', '0'),
    ],
    ['MISCONF', noDisk, () => told('CONFIG', 'SET', 'stop-writes-on-bgsave-error', 'no')],
  ])('%s: nothing is done, each change is one line, and it heals alone', async (word, refuse, heal) => {
    await start();
    await connect();
    await refuse();
    const ends = await Promise.all(Array.from({ length: 30 }, incr));
    for (const { error } of ends)
      expect(error).toMatchObject({ code: 'redis_writes_refused', message: expect.stringContaining(word) as unknown });
    await expect(connection.checkWrites()).rejects.toMatchObject({ code: 'redis_writes_refused' });
    expect(await connection.run((redis) => redis.get('{t}n'))).toBeNull();
    expect(logged).toEqual([{ event: 'redis.refuses', fault: expect.stringContaining(`${word}: `) as unknown }]);
    await heal();
    await until(() => eventsOf().includes('redis.accepts'), WITHIN_MS);
    expect(eventsOf()).toEqual(['redis.refuses', 'redis.accepts']);
    expect(await until(accepted, WITHIN_MS)).toBe(true);
    expect((await incr()).answer).toBe(1);
  });

  it('health finds a refusal that nobody was told yet', async () => {
    await start();
    await connect();
    await told('CONFIG', 'SET', 'maxmemory', '1');
    await expect(connection.checkWrites()).rejects.toMatchObject({
      code: 'redis_writes_refused',
      message: 'OOM: the memory of Redis is full',
    });
    expect(eventsOf()).toEqual(['redis.refuses']);
  });

  it('a replica is left for another connection once a second at most, by all clients together, and without a line', async () => {
    await start();
    await connect();
    const worker = connection.retryingClient(20_000);
    await worker.set('{t}a', '1');
    const before = await connectionsMade();
    await told('REPLICAOF', '127.0.0.1', '1');
    const startMs = performance.now();
    let asked = 0;
    await until(async () => {
      await Promise.all([incr(), endOf(worker.set('{t}a', '2'))]);
      asked += 1;
      return performance.now() - startMs >= 4_000;
    }, WITHIN_MS);
    const made = (await connectionsMade()) - before;
    const seconds = (performance.now() - startMs) / 1_000;
    expect(asked).toBeGreaterThan(20);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(seconds);
    expect(eventsOf()).toEqual(['redis.refuses']);
    worker.disconnect();
  }, 30_000);

  it('BUSY: nothing is done, until the script is ended', async () => {
    await start({ 'lua-time-limit': '50' });
    await connect();
    const busy = connectRedis({ url: server.url, namespace: ownNamespace() });
    await busy.ready();
    const long = endOf(busy.client.eval(endless, 0));
    await until(async () => String((await incr()).error).includes('BUSY'), WITHIN_MS);
    expect((await incr()).error).toMatchObject({ code: 'redis_unavailable' });
    await expect(connection.checkWrites()).rejects.toMatchObject({ code: 'redis_unavailable' });
    await told('SCRIPT', 'KILL');
    await long;
    await until(accepted, WITHIN_MS);
    expect(eventsOf()).toEqual(['redis.refuses', 'redis.accepts']);
    await busy.close();
  });

  it('LOADING: nothing is done, until the data is there', async () => {
    await start({
      'enable-debug-command': 'yes',
      'key-load-delay': '1000',
      'loading-process-events-interval-bytes': '1024',
    });
    await connect();
    await told('DEBUG', 'POPULATE', '2000');
    const reload = told('DEBUG', 'RELOAD');
    await until(async () => String((await incr()).error).includes('LOADING'), WITHIN_MS);
    expect((await incr()).error).toMatchObject({ code: 'redis_unavailable' });
    await reload;
    await until(accepted, WITHIN_MS);
    expect(eventsOf()).toEqual(['redis.refuses', 'redis.accepts']);
  });

  it('NOSCRIPT: the script is sent again with its text, and nobody is told', async () => {
    await start();
    await connect();
    for (let n = 0; n < 2; n += 1) {
      await told('SCRIPT', 'FLUSH');
      await expect(connection.run((redis) => script.run(redis, ['{t}a', `{t}${n}`]))).resolves.toBe(1);
    }
    expect(logged).toEqual([]);
  });

  it('NOPERM: refused before a script writes, unknown within one that is not checked, and health says so for a while', async () => {
    await start();
    await told('ACL', 'SETUSER', 'app', 'reset', 'on', '>p', '~*', '+@all', '-hset', '-hget');
    await connect(server.url.replace('://', '://app:p@'));
    const hset = () => connection.run((redis) => redis.hset('{t}h', 'f', 'v'));
    await expect(hset()).rejects.toMatchObject({ code: 'redis_writes_refused' });
    await expect(hset()).rejects.toMatchObject({ code: 'redis_writes_refused' });
    const hget = connection.run((redis) => redis.hget('{t}h', 'f'));
    await expect(hget).rejects.toMatchObject({ code: 'redis_unavailable' });
    const refused = connection.run((redis) => script.run(redis, ['{t}a', '{t}h']));
    await expect(refused).rejects.toMatchObject({ code: 'redis_writes_refused' });
    expect(await admin.client.get('{t}a')).toBeNull();
    const written = connection.run((redis) => redis.eval(twoWrites, 2, '{t}a', '{t}h'));
    await expect(written).rejects.toMatchObject({ code: 'redis_outcome_unknown' });
    expect(await admin.client.get('{t}a')).toBe('1');
    await expect(connection.checkWrites()).rejects.toThrow(/^NOPERM: .*: hset$/);
    expect(eventsOf()).toEqual(['redis.refuses']);
  });

  it('what is in no table is unknown, and an answer comes through', async () => {
    await start();
    await connect();
    const odd = (idempotent: boolean) => connection.run((redis) => redis.call('NOSUCH', 'secret'), { idempotent });
    await expect(odd(false)).rejects.toMatchObject({ code: 'redis_outcome_unknown' });
    await expect(odd(true)).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(String((await endOf(odd(false))).error)).not.toContain('secret');
    await connection.run((redis) => redis.set('{t}a', 'text'));
    await expect(connection.run((redis) => redis.incr('{t}a'))).rejects.toThrow(/^ERR value is not an integer/);
    const fault = expect.stringContaining('ERR unknown command …') as unknown;
    expect(logged).toEqual([{ event: 'redis.unknown_reply', fault }]);
  });

  it('heals alone also where the first to be refused had a budget', async () => {
    await start();
    await connect();
    await told('CONFIG', 'SET', 'maxmemory', '1');
    const refused = withRedisBudget(100, () => connection.run((redis) => redis.incr('{t}n')));
    await expect(refused).rejects.toMatchObject({ code: 'redis_writes_refused' });
    await told('CONFIG', 'SET', 'maxmemory', '0');
    await until(() => eventsOf().includes('redis.accepts'), WITHIN_MS);
    expect((await incr()).answer).toBe(1);
  });
});
