import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection, SCRIPT_COMMANDS } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { openState, type Session, type State } from '../src/index.ts';
import { LUA } from '../src/lua.generated.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

const PASSWORD = 'of-this-test';
const minute = { windowMs: 60_000 };
const rate = { count: 5, periodMs: 60_000 };

/** All that is made of several writes. Each is asked of a state of its own, where `session` is open and `c`, `v`, `l` are taken. */
const operations: readonly [name: string, run: (state: State, session: Session) => Promise<unknown>][] = [
  ['counters.add', ({ counters }) => counters.add('new', 1, { ttlMs: 5_000 })],
  ['counters.add with a token', ({ counters }) => counters.add('c', 1, { idempotencyToken: 't' })],
  ['counters.addWithin', ({ counters }) => counters.addWithin('new', { ...minute, idempotencyToken: 't' })],
  ['values.put that expires', ({ values }) => values.put('v', 'x', { ttlMs: 60_000 })],
  ['values.put that stays', ({ values }) => values.put('new', 'x')],
  ['values.remove', ({ values }) => values.remove('v')],
  ['limits.take', ({ limits }) => limits.take('l', rate)],
  ['limits.takeAll', ({ limits }) => limits.takeAll(['l', 'm'].map((key) => ({ key, rate })))],
  ['leases.hold', ({ leases }) => leases.hold('new', { ttlMs: 60_000 }, () => Promise.resolve())],
  ['idempotency.begin', ({ idempotency }) => idempotency.begin('new', 'f')],
  ['sessions.open', ({ sessions }) => sessions.open({ a: 1, b: 2 })],
  ['sessions.touch', ({ sessions }, { id }) => sessions.touch(id)],
  ['sessions.visit', ({ sessions }, { id }) => sessions.visit(id)],
  ['sessions.set', ({ sessions }, { id }) => sessions.set(id, { a: 3, c: 4 })],
  ['sessions.change', ({ sessions }, { id }) => sessions.change(id, () => ({ z: 1 }))],
  ['sessions.rotate', ({ sessions }, { id }) => sessions.rotate(id, { idempotencyToken: 't' })],
  ['sessions.end', ({ sessions }, { id }) => sessions.end(id)],
  ['visits.count', ({ visits }, { id }) => visits.count(id)],
];

const spelt = [
  ...Object.values(LUA)
    .join('\n')
    .matchAll(/'([A-Z]+)'/g),
].map(([, name = '']) => name);
const commands = [...SCRIPT_COMMANDS.keys()].filter((name) => spelt.includes(name));

const fieldsOf = (hash: Record<string, string>): string[] =>
  Object.entries(hash)
    .map(([name, value]) => `${name} ${value}`)
    .toSorted();

describeWith('NESTFLEET_REDIS_SERVER', 'a user of Redis who lacks one command of a script', () => {
  let server: RedisServer;
  let admin: RedisConnection;

  beforeAll(async () => {
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await admin.ready();
  });
  afterAll(async () => {
    await admin?.close();
    await server?.stop();
  });

  const setUser = (...rules: string[]) => admin.client.call('ACL', 'SETUSER', 'app', ...rules);
  /** All keys with what they hold and whether they expire: not when, which reading may move where the clock was set. */
  async function stored(): Promise<string> {
    const { client } = admin;
    const keys = (await client.keys('*')).toSorted();
    const lines = keys.map(async (key) => {
      const [type, leftMs] = [await client.type(key), await client.pttl(key)];
      const held = type === 'hash' ? fieldsOf(await client.hgetall(key)) : await client.get(key);
      return [key, held, leftMs > 0];
    });
    return JSON.stringify(await Promise.all(lines));
  }

  it.each([1, 2])(
    'writes all or nothing, whatever it is, with layout %i',
    async (layoutVersion) => {
      const halves: string[] = [];
      let refused = 0;
      const url = server.url.replace('://', `://app:${PASSWORD}@`);
      const stateOf = () => {
        const sizes = { commandTimeoutMs: COMMAND_TIMEOUT_MS, layoutVersion, layoutSwitchMs: 0 };
        return openState({ redisUrl: url, namespace: ownNamespace(), ...sizes });
      };
      for (const [name, run] of operations) {
        await admin.client.flushall();
        await setUser('reset', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
        const state = stateOf();
        await state.ready();
        for (const command of commands) {
          const session = await state.sessions.open({ a: 1 });
          await Promise.all([state.counters.add('c'), state.values.put('v', 'before')]);
          await state.limits.take('l', rate);
          const before = await stored();
          await setUser(`-${command}`);
          const isRefused = await run(state, session).then(
            () => false,
            () => true,
          );
          if (isRefused && (await stored()) !== before) halves.push(`${name} without ${command}`);
          refused += Number(isRefused);
          await setUser(`+${command}`);
          // So that the next is not the answer to a token or name of this one.
          await admin.client.flushall();
        }
        await state.close();
      }
      expect(halves).toEqual([]);
      expect(refused).toBeGreaterThan(operations.length * 2);
    },
    120_000,
  );
});
