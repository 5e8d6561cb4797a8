import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { openState, type State } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith } from './servers.ts';

/** As the api answers an enqueue. */
const response = {
  status: 202,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: `{"id":"demo.${'x'.repeat(36)}","name":"demo","outcome":"created","served_by":"api-1"}`,
};
const fingerprint = (of: string) => of.padEnd(43, 'f');
const MANY = 10_000;
const AT_ONCE = 100;
/** Half of what it was with the response in one field. */
const BYTES_OF_KEY_MAX = 352;

describeWith('NESTFLEET_REDIS_SERVER', 'the memory of idempotency keys', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  let state: State;
  let namespace: string;
  let events: string[];
  let open: () => Promise<State>;

  beforeEach(async () => {
    // As long as most are: it is a part of each key.
    namespace = 'nf';
    server = await startRedisServer();
    redis = connectRedis({ url: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    events = [];
    const note = (fields: object) => void ('event' in fields && events.push(String(fields.event)));
    const log = { info: note, warn: note };
    open = async () => {
      const opened = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS, log });
      await opened.ready();
      return opened;
    };
    state = await open();
    await redis.ready();
  });
  afterEach(async () => {
    await state?.close();
    await redis?.close();
    await server?.stop();
  });

  const answer = async (scope: string) => {
    const begun = await state.idempotency.begin(scope, fingerprint(scope));
    if (begun.kind === 'mine') await state.idempotency.finish(begun.claim, response);
    return begun.kind;
  };
  const field = async (name: string) =>
    Number(new RegExp(`${name}:(\\d+)`).exec(await redis.client.info('memory'))?.[1]);
  const maxmemory = async (ofUsed: number) =>
    redis.client.config('SET', 'maxmemory', Math.round((await field('used_memory')) * ofUsed));

  it(`is at most ${BYTES_OF_KEY_MAX} bytes for each, with a usual response`, async () => {
    await answer('first');
    const before = await field('used_memory');
    for (let n = 0; n < MANY; n += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_none, at) => answer(`key ${n + at}`)));
    expect(await redis.client.dbsize()).toBeGreaterThanOrEqual(MANY);
    expect(((await field('used_memory')) - before) / MANY).toBeLessThanOrEqual(BYTES_OF_KEY_MAX);
    const [key = ''] = await redis.client.keys(`${namespace}:{i}:*`);
    expect(await redis.client.memory('USAGE', key)).toBeLessThanOrEqual(BYTES_OF_KEY_MAX);
  });

  it('is bounded: from three quarters of maxmemory on no new key is taken, and all else goes on', async () => {
    expect(await answer('known')).toBe('mine');
    const begun = await state.idempotency.begin('running', 'f');
    await maxmemory(1.25);
    const refused = { code: 'state_memory_low', status: 503 };
    const isRefused = () =>
      state.idempotency.begin('new', 'f').then(
        () => false,
        ({ code }) => code === refused.code,
      );
    await until(isRefused, WITHIN_MS);
    await expect(state.idempotency.begin('another', 'f')).rejects.toMatchObject(refused);
    expect(await answer('known')).toBe('done');
    expect(begun.kind === 'mine' && (await state.idempotency.finish(begun.claim, response))).toBe(true);
    expect(await state.counters.add('c')).toBe(1);
    await expect(state.checkWrites()).rejects.toMatchObject({ ...refused, message: expect.stringMatching(/8\d %/) });
    await maxmemory(2);
    await until(() => state.checkWrites().then(() => true), WITHIN_MS);
    expect(await answer('another')).toBe('mine');
    expect(events.filter((event) => event.startsWith('redis.memory'))).toEqual([
      'redis.memory_low',
      'redis.memory_fine',
    ]);
  });

  it('counts long responses as they are stored, so that no new key is taken behind them', async () => {
    const long = { ...response, body: 'x'.repeat(65_000) };
    const room = (await field('used_memory')) + 16 * long.body.length;
    await redis.client.config('SET', 'maxmemory', Math.round(room / 0.75));
    // Has seen the bound before it begins, and sees nothing of what it writes.
    await state.close();
    state = await open();
    await state.checkWrites();
    await redis.client.call('ACL', 'SETUSER', 'default', '-info');
    await redis.client.config('SET', 'maxmemory', 0);
    const begun = await Promise.all(Array.from({ length: 32 }, (_none, n) => state.idempotency.begin(`k${n}`, 'f')));
    for (const each of begun) if (each.kind === 'mine') await state.idempotency.finish(each.claim, long);
    await expect(state.idempotency.begin('new', 'f')).rejects.toMatchObject({ code: 'state_memory_low' });
    expect(await state.idempotency.begin('k31', 'f')).toEqual({ kind: 'done', response: long });
  });

  it('reads what the release before has written, and leaves it', async () => {
    const keys = stateKeys((tag) => `${namespace}:{${tag}}:`);
    const key = keys.idempotency('k');
    await redis.client.hset(key, { fingerprint: 'f', owner: 'o' });
    await redis.client.pexpire(key, 5_000);
    expect(await state.idempotency.begin('k', 'f')).toMatchObject({ kind: 'in-flight' });
    expect(await state.idempotency.begin('k', 'other')).toEqual({ kind: 'mismatch' });
    await redis.client.hset(key, { response: JSON.stringify(response) });
    expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response });
    expect(await redis.client.keys(`${namespace}:{i}:*`)).toEqual([key]);
  });

  it.each([0, 1, 63, 64, 126, 6_200, 6_300, 65_000])(
    'gives a body of %i characters again as it was',
    async (length) => {
      const long = { status: 200, headers: {}, body: 'ü'.repeat(length) };
      const begun = await state.idempotency.begin('k', 'f');
      expect(begun.kind === 'mine' && (await state.idempotency.finish(begun.claim, long))).toBe(true);
      expect(await state.idempotency.begin('k', 'f')).toEqual({ kind: 'done', response: long });
    },
  );
});
