import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis } from '../src/index.ts';
import type { RedisConnectionOptions } from '../src/connection.ts';
import { until } from '@nestfleet/timing';
import { type RedisServer, startRedisCluster, startRedisSentinels, startRedisServer } from '../src/testing.ts';
import { sendCommand } from '../src/testing/admin.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { WITHIN_MS, describeWith, endOf } from './servers.ts';

const PASSWORD = 'a p@ss/word';
/** What README asks for, and the commands of a counter. */
const rules = '~nf:* +info +ping +hello +client +cluster|slots +cluster|info +incr +quit';
const login = `app:${encodeURIComponent(PASSWORD)}@`;
const withLogin = (url: string) => url.replace('://', `://${login}`);

async function addUser(servers: readonly RedisServer[], tls?: { readonly ca: string }): Promise<void> {
  const user = ['ACL', 'SETUSER', 'app', 'reset', 'on', `>${PASSWORD}`, ...rules.split(' ')];
  await Promise.all(servers.map(({ port }) => sendCommand(port, user, tls === undefined ? {} : { tls })));
}

const incr = (connection: RedisConnection) => connection.run((redis) => redis.incr('nf:{t}:n'), { key: 'nf:{t}:n' });

describeWith('NESTFLEET_REDIS_SERVER', 'who may in, and over what', () => {
  let certificates: Certificates;
  let logged: object[] = [];
  const closes: (() => Promise<unknown>)[] = [];

  const log = {
    info: (fields: object) => void logged.push(fields),
    warn: (fields: object) => void logged.push(fields),
  };
  const connect = (url: string, more: Partial<RedisConnectionOptions> = {}): RedisConnection => {
    const connection = connectRedis({ url, namespace: 'nf', log, ...more });
    closes.push(() => connection.close());
    return connection;
  };
  const risks = () => logged.filter((line) => 'risk' in line);
  const faults = () => logged.flatMap((line) => ('fault' in line ? [String(line.fault)] : []));

  beforeAll(() => (certificates = makeCertificates()) && undefined);
  afterAll(() => certificates.drop());
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
    logged = [];
  });

  it('TLS to one server: only with its authority', async () => {
    const server = await startRedisServer({ tls: certificates.tls });
    closes.push(() => server.stop());
    expect(server.url).toMatch(/^rediss:/);
    const connection = connect(server.url, { ca: certificates.ca });
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    logged = [];
    const stranger = connect(server.url);
    await until(() => faults().length > 0, WITHIN_MS);
    expect(faults()[0]).toMatch(/certificate/);
    expect((await endOf(incr(stranger))).error).toMatchObject({ code: 'redis_unavailable' });
    // The certificate is for another host than this name of the same one.
    logged = [];
    connect(server.url.replace('127.0.0.1', 'localhost'), { ca: certificates.ca });
    await until(() => faults().length > 0, WITHIN_MS);
    expect(faults()[0]).toMatch(/localhost/);
  }, 30_000);

  it('a user of an access list: its own keys, a wrong password logged, and warnings without CONFIG', async () => {
    const server = await startRedisServer({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    closes.push(() => server.stop());
    await addUser([server]);
    const connection = connect(withLogin(server.url));
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    expect(await connection.ping()).toBeGreaterThan(0);
    const foreign = connection.run((redis) => redis.incr('other:{t}:n'));
    await expect(foreign).rejects.toThrow(/NOPERM/);
    await until(() => logged.length === 4, WITHIN_MS);
    expect(logged).toHaveLength(4);
    expect(logged).toEqual(
      expect.arrayContaining([
        { event: 'redis.up' },
        expect.objectContaining({ event: 'redis.durability_risk', risk: 'evicts' }),
        expect.objectContaining({ event: 'redis.durability_risk', risk: 'no_append_only_file' }),
        { event: 'redis.refuses', fault: 'NOPERM: the user of Redis lacks a permission' },
      ]),
    );
    logged = [];
    connect(server.url.replace('://', '://app:wrong@'));
    await until(() => faults().length > 0, WITHIN_MS);
    expect(faults()[0]).toMatch(/WRONGPASS/);
    expect(JSON.stringify(logged)).not.toContain('wrong@');
  }, 30_000);

  it('logs a risk again only when it was gone in between', async () => {
    const server = await startRedisServer({ appendonly: true });
    closes.push(() => server.stop());
    const connection = connect(server.url);
    await connection.ready();
    const again = async (policy: string) => {
      const ups = logged.filter((line) => 'event' in line && line.event === 'redis.up').length;
      await sendCommand(server.port, ['CONFIG', 'SET', 'maxmemory-policy', policy]);
      await sendCommand(server.port, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      await until(() => logged.filter((line) => 'event' in line && line.event === 'redis.up').length > ups, WITHIN_MS);
      // Its questions are answered before ours on the one socket; then it needs a turn to log.
      await connection.run((redis) => redis.ping());
      await new Promise((turn) => setImmediate(turn));
    };
    expect(risks()).toEqual([]);
    await again('allkeys-lru');
    expect(risks()).toHaveLength(1);
    await again('allkeys-lru');
    expect(risks()).toHaveLength(1);
    await again('noeviction');
    await again('allkeys-lru');
    expect(risks()).toHaveLength(2);
  }, 30_000);

  it('TLS and a user, in a cluster', async () => {
    const cluster = await startRedisCluster({ primaries: 3, tls: certificates.tls });
    closes.push(() => cluster.stop());
    await addUser(cluster.nodes, { ca: certificates.ca });
    const connection = connect(withLogin(cluster.url), { ca: certificates.ca });
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    expect(await connection.ping()).toBeGreaterThan(0);
    logged = [];
    connect(cluster.url.replace('://', '://app:wrong@'), { ca: certificates.ca });
    await until(() => faults().length > 0, WITHIN_MS);
    expect(faults()[0]).toMatch(/WRONGPASS/);
  }, 60_000);

  it('TLS, a user, and a password of the Sentinels', async () => {
    const sentinelPassword = 'of-sentinels';
    const set = await startRedisSentinels({ replicas: 1, sentinels: 3, tls: certificates.tls, sentinelPassword });
    closes.push(() => set.stop());
    await addUser(set.servers, { ca: certificates.ca });
    const connection = connect(withLogin(set.url), { ca: certificates.ca, sentinelPassword });
    await connection.ready();
    await expect(incr(connection)).resolves.toBe(1);
    await set.failover();
    await until(async () => (await incr(connection)) === 2, WITHIN_MS);
    logged = [];
    const stranger = connect(withLogin(set.url), { ca: certificates.ca });
    await until(() => faults().length > 0, WITHIN_MS);
    expect(faults()[0]).toMatch(/NOAUTH/);
    expect(stranger.status()).toBe('down');
  }, 60_000);
});
