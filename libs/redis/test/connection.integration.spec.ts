import { afterEach, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, luaScript, withRedisBudget } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { WITHIN_MS, describeWith, endOf, ownNamespace } from './servers.ts';

/** Work that is never answered. */
const silence = () => new Promise<never>(() => undefined);
const standStill = (ms: number): void => {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
};
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1';

describeWith('REDIS_URL', 'a connection to Redis', () => {
  const opened: RedisConnection[] = [];
  const open = async (commandTimeoutMs = 10_000) => {
    const connection = connectRedis({ url, namespace: ownNamespace(), commandTimeoutMs });
    opened.push(connection);
    await connection.ready();
    return connection;
  };
  afterEach(() => Promise.all(opened.splice(0).map((connection) => connection.close())));

  it('answers, pings and is up', async () => {
    const connection = await open();
    await expect(connection.run((redis) => redis.echo('hi'))).resolves.toBe('hi');
    expect(await connection.ping()).toBeGreaterThan(0);
    expect(connection.status()).toBe('up');
  });

  it('passes error replies of Redis and errors of the work through', async () => {
    const connection = await open();
    await expect(connection.run((redis) => redis.call('NO-SUCH-COMMAND'))).rejects.toThrow(/unknown command/);
    const own = new RangeError('mine');
    await expect(connection.run(() => Promise.reject(own))).rejects.toBe(own);
    expect(connection.status()).toBe('up');
  });

  it('shares one budget over all commands of a request', async () => {
    const connection = await open();
    const blocked = () => endOf(connection.run(silence));
    await withRedisBudget(1_000, async () => {
      const first = await blocked();
      expect(first.error).toMatchObject({
        code: 'redis_outcome_unknown',
        // What was left of the second when it began.
        cause: { message: expect.stringMatching(/^no answer within (\d{1,3}|1000) ms$/) },
      });
      const second = await endOf(connection.run((redis) => redis.ping()));
      expect(second.error).toMatchObject({
        code: 'redis_unavailable',
        message: 'the time for Redis is used up; not sent',
      });
    });
    await expect(connection.run((redis) => redis.ping())).resolves.toBe('PONG');
  });

  it('charges nobody for the time in which our own process stood still', async () => {
    const connection = await open();
    await withRedisBudget(20, async () => {
      standStill(40);
      await expect(connection.run((redis) => redis.ping())).resolves.toBe('PONG');
      standStill(40);
      await expect(connection.run((redis) => redis.ping())).resolves.toBe('PONG');
    });
  });

  it('calls a lost answer unavailable where the work is idempotent', async () => {
    const connection = await open(100);
    await expect(connection.run(silence, { idempotent: true })).rejects.toMatchObject({ code: 'redis_unavailable' });
    await expect(connection.run(silence)).rejects.toMatchObject({ code: 'redis_outcome_unknown' });
  });

  it('a run inside a run joins it, also while others fail at once', async () => {
    const connection = await open(50);
    const hang = () => connection.run(silence);
    await Promise.allSettled([hang(), hang(), hang()]);
    expect(connection.status()).toBe('down');
    // Fails at once until it is the one that probes.
    await until(() => connection.run(() => connection.ping()), WITHIN_MS);
    expect(connection.status()).toBe('up');
  });

  it('sends a script by its hash, and as text where Redis does not have it', async () => {
    const connection = await open();
    const script = luaScript('echo', `return { KEYS[1], ARGV[1], '${ownNamespace()}' }`);
    const call = () => connection.run((redis) => script.run(redis, ['{t}k'], [5]));
    await expect(call()).resolves.toEqual(['{t}k', '5', expect.any(String)]);
    await expect(call()).resolves.toEqual(['{t}k', '5', expect.any(String)]);
    await expect(connection.run((redis) => script.run(redis, ['{t}k', '{u}k']))).rejects.toMatchObject({
      code: 'cross_slot',
    });
  });

  it('runs a script over keys of several tags where that is asked for', async () => {
    const connection = await open();
    expect(connection.sharded).toBe(false);
    const script = luaScript('across', `return { KEYS[1], KEYS[2], ARGV[1], '${ownNamespace()}' }`);
    const call = () => connection.run((redis) => script.runAcross(redis, ['{t}k', '{u}k'], [5]), { key: '{t}k' });
    await expect(call()).resolves.toEqual(['{t}k', '{u}k', '5', expect.any(String)]);
    await expect(call()).resolves.toHaveLength(4);
  });

  it('rejects what comes after close, and may be closed twice', async () => {
    const connection = await open();
    await connection.close();
    await connection.close();
    await expect(connection.ping()).rejects.toMatchObject({ code: 'redis_unavailable' });
    expect(connection.status()).toBe('down');
  });
});
