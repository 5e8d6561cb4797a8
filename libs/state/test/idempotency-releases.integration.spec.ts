import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace, luaScript } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { type IdempotencyClaim, type State, openState } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

/** The scripts of the release before, word for word. */
const beginBefore = luaScript(
  'begin-before',
  `
local fingerprint, response = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'response'))
if not fingerprint then
  redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return { 'mine' }
end
if fingerprint ~= ARGV[1] then
  return { 'mismatch' }
end
if response then
  return { 'done', response }
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[3]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  left = tonumber(ARGV[3])
end
return { 'in-flight', left }
`,
);
const finishBefore = luaScript(
  'finish-before',
  `
local owner, response = unpack(redis.call('HMGET', KEYS[1], 'owner', 'response'))
if response or (owner and owner ~= ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'owner', ARGV[2], 'response', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`,
);
const abandonBefore = luaScript(
  'abandon-before',
  `
local owner, response = unpack(redis.call('HMGET', KEYS[1], 'owner', 'response'))
if response or owner ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
`,
);

const response = { status: 201, headers: {}, body: 'made' };
const other = { ...response, body: 'made again' };
const DAY_MS = 86_400_000;

describeWith('NESTFLEET_REDIS_SERVER', 'an idempotency key, beside a replica of the release before', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let state: State;
  let namespace: string;

  beforeAll(async () => {
    server = await startRedisServer();
  }, 30_000);
  beforeEach(async () => {
    namespace = ownNamespace();
    redis = connectRedis({ url: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    state = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await Promise.all([redis.ready(), state.ready()]);
  });
  afterEach(async () => {
    await state?.close();
    await redis?.close();
  });
  afterAll(async () => {
    await server?.stop();
  });

  const key = () => stateKeys((tag) => keySpace(namespace).tagged(tag)).idempotency('k');
  const before = {
    begin: (fingerprint = 'f', owner = 'old') =>
      beginBefore.run(redis.client, [key()], [fingerprint, owner, 5_000]) as Promise<unknown[]>,
    finish: (answer = response, owner = 'old') =>
      finishBefore.run(redis.client, [key()], ['f', owner, DAY_MS, JSON.stringify(answer)]),
    abandon: (owner = 'old') => abandonBefore.run(redis.client, [key()], [owner]),
  };
  async function mine(): Promise<IdempotencyClaim> {
    const begun = await state.idempotency.begin('k', 'f');
    if (begun.kind !== 'mine') throw new Error(`it is ${begun.kind}`);
    return begun.claim;
  }

  it('that is taken there is in flight here, and what is stored there is answered here', async () => {
    expect(await before.begin()).toEqual(['mine']);
    expect(await state.idempotency.begin('k', 'f')).toMatchObject({ kind: 'in-flight' });
    expect(await state.idempotency.begin('k', 'other')).toEqual({ kind: 'mismatch' });
    const claim = { scopeKey: 'k', fingerprint: 'f', owner: 'ours' };
    expect(await state.idempotency.abandon(claim)).toBe(false);
    expect(await state.idempotency.finish(claim, other)).toBe(false);
    expect(await before.finish()).toBe(1);
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
    expect(await state.idempotency.begin('k', 'other')).toEqual({ kind: 'mismatch' });
    expect(await state.idempotency.finish(claim, other)).toBe(false);
    expect(await before.begin()).toEqual(['done', JSON.stringify(response)]);
  });

  it('that is taken here is in flight there', async () => {
    const claim = await mine();
    expect(await before.begin()).toEqual(['in-flight', expect.any(Number)]);
    expect(await before.begin('other')).toEqual(['mismatch']);
    expect([await before.abandon(), await before.finish()]).toEqual([0, 0]);
    expect(await state.idempotency.finish(claim, response)).toBe(true);
  });

  it('that is done here is refused there, never begun anew, and kept for its day', async () => {
    expect(await state.idempotency.finish(await mine(), response)).toBe(true);
    expect(await before.begin()).toEqual(['mismatch']);
    expect(await before.abandon()).toBe(0);
    expect(await redis.client.pttl(key())).toBeGreaterThan(DAY_MS / 2);
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
  });

  it('has the first response here, also where a late one came from there', async () => {
    expect(await before.begin()).toEqual(['mine']);
    // Its time is over.
    await redis.client.del(key());
    expect(await state.idempotency.finish(await mine(), response)).toBe(true);
    await before.finish(other);
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
    expect(await state.idempotency.begin('k', 'other')).toEqual({ kind: 'mismatch' });
  });
});
