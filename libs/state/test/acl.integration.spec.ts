import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { stateCases } from './cases/state-cases.ts';
import { redisStates } from './redis-state-under-test.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

const cases = stateCases.map(({ name, run }) => [name, run] as const);
const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
/** As README has it, but for the namespace, which each test has of its own. */
const rules = /^~nf:\* (\+.*)$/m.exec(readme)?.[1]?.split(' ') ?? [];
const PASSWORD = 'of-this-test';
/** Not the first database, so that one that is skipped shows. */
const asApp = ({ url }: RedisServer) => `${url.replace('://', `://app:${PASSWORD}@`)}/1`;

describeWith('NESTFLEET_REDIS_SERVER', 'state for an ACL user who may do what README names', () => {
  let server: RedisServer;
  let states: ReturnType<typeof redisStates>;

  beforeAll(async () => {
    server = await startRedisServer();
    const admin = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await admin.ready();
    await admin.client.call('ACL', 'SETUSER', 'app', 'reset', 'on', `>${PASSWORD}`, '~test-*', ...rules);
    await admin.close();
    states = redisStates(`${server.url}/1`, { stateUrl: asApp(server), layoutVersion: 2 });
  });
  afterEach(() => states.closeAll());
  afterAll(() => server?.stop());

  it('may do nothing else', async () => {
    const app = connectRedis({ url: asApp(server), namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await app.ready();
    await expect(app.run((redis) => redis.flushall())).rejects.toThrow(/NOPERM/);
    await app.close();
  });

  it('stays out of the database that it was not given', async () => {
    const { state } = await states.make();
    await state.counters.add('a');
    const first = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await first.ready();
    expect(await first.run((redis) => redis.dbsize())).toBe(0);
    await first.close();
  });

  it.each(cases)('%s', async (_name, run) => {
    await expect(run(() => states.make())).resolves.toBeUndefined();
  });
});
