import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, hashTagOf } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { type Sessions, type State, openState } from '../src/index.ts';
import type { StateOptions } from '../src/open-state.ts';
import { neighbourSessionId, newSessionId } from '../src/sessions/session-id.ts';
import { COMMAND_TIMEOUT_MS, describeWith, ownNamespace } from './servers.ts';

const SESSION_TTL_MS = 60_000;
const STATES = 5;
const alwaysTheSame = (bytes: number): Buffer => Buffer.alloc(bytes, 7);
const numbers = (length: number): number[] => Array.from({ length }, (_none, n) => n);

describeWith('NESTFLEET_REDIS_SERVER', 'sessions of five replicas over one Redis', () => {
  const namespace = ownNamespace();
  let dir: string;
  let server: RedisServer;
  let redis: RedisConnection;
  let states: State[];

  const connect = async () => {
    redis = connectRedis({ url: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    states = numbers(STATES).map(() =>
      openState({
        redisUrl: server.url,
        namespace,
        commandTimeoutMs: COMMAND_TIMEOUT_MS,
        sessionTtlMs: SESSION_TTL_MS,
        sessionMaxMs: SESSION_TTL_MS * 2,
      }),
    );
    await Promise.all([redis, ...states].map((each) => each.ready()));
  };
  const disconnect = () => Promise.all([redis, ...states].map((each) => each.close()));
  const start = (port?: number) =>
    startRedisServer({ dir, appendonly: true, appendfsync: 'always', ...(port === undefined ? {} : { port }) });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'state-sessions-'));
    server = await start();
    await connect();
  });
  afterAll(async () => {
    await disconnect();
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  /** One more, closed with the others also when its test fails. */
  async function another(options: Partial<StateOptions>): Promise<State> {
    const state = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS, ...options });
    states.push(state);
    await state.ready();
    return state;
  }
  /** Another replica each time. */
  const of = (n: number): Sessions => (states[n % STATES] as State).sessions;
  const keyOf = async (id: string): Promise<string> => (await redis.client.keys(`*:session:${id}`))[0] ?? '';

  /** A hash that says when the session ended and nothing else, and that goes by itself. */
  async function expectTombstone(id: string): Promise<void> {
    const key = await keyOf(id);
    expect(Object.keys(await redis.client.hgetall(key))).toEqual(['ended']);
    const leftMs = await redis.client.pttl(key);
    expect(leftMs).toBeGreaterThan(SESSION_TTL_MS / 2);
    expect(leftMs).toBeLessThanOrEqual(SESSION_TTL_MS);
  }

  it('100 fields that are set at once are 100 fields', async () => {
    const { id } = await of(0).open();
    await Promise.all(numbers(100).map((n) => of(n).set(id, { [`f${n}`]: n })));
    const found = await of(1).find(id);
    expect(found?.data).toEqual(Object.fromEntries(numbers(100).map((n) => [`f${n}`, n])));
  });

  it('sets, whole edits and visits beside each other lose nothing', async () => {
    const { id } = await of(0).open({ n: 0 });
    const sets = numbers(40).map((n) => of(n).set(id, { [`f${n}`]: n }));
    const changes = numbers(10).map((n) =>
      of(n)
        .change(id, (data) => ({ ...data, n: Number(data['n']) + 1 }))
        .then(
          () => 1,
          () => 0,
        ),
    );
    const visits = numbers(40).map((n) => of(n).visit(id));
    await Promise.all([...sets, ...visits]);
    const changed = (await Promise.all(changes)).reduce((sum, each) => sum + each, 0);
    const found = await of(2).find(id);
    expect(found?.data['n']).toBe(changed);
    expect(Object.keys(found?.data ?? {})).toHaveLength(41);
    expect(found?.count).toBe(40);
  });

  it('a version is not given out again when a crash of Redis took the last writes along', async () => {
    const { id } = await of(0).open();
    const saved = await redis.client.hgetall(await keyOf(id));
    const lost = await of(0).set(id, { cart: 'A' });
    // What appendfsync everysec may forget: the write, and that its version was used.
    await redis.client.hset(await keyOf(id), saved);
    await redis.client.hdel(await keyOf(id), 'd:cart');
    await of(1).set(id, { cart: 'B' });
    const late = of(0).change(id, (data) => ({ ...data, late: true }), { ifVersion: lost?.version ?? 0 });
    await expect(late).rejects.toMatchObject({ code: 'version_conflict' });
    expect((await of(2).find(id))?.data).toEqual({ cart: 'B' });
  });

  it('a session whose version somebody else spoiled is left as it is', async () => {
    const { id } = await of(0).open({ a: 1 });
    const key = await keyOf(id);
    await redis.client.hset(key, 'version', 'spoiled');
    const before = await redis.client.hgetall(key);
    await expect(of(0).set(id, { a: 2 })).rejects.toMatchObject({ code: 'wrong_type' });
    expect(await redis.client.hgetall(key)).toEqual(before);
  });

  it('a logout in the middle of writes is final', async () => {
    for (const turn of numbers(20)) {
      const { id } = await of(turn).open({ a: 1 });
      const writes = numbers(20).flatMap((n) => [
        of(n).set(id, { [`f${n}`]: n }),
        of(n).visit(id),
        of(n).touch(id),
        of(n)
          .change(id, (data) => ({ ...data, n }))
          .catch(() => undefined),
      ]);
      const ended = of(turn + 1).end(id);
      await Promise.all([...writes, ended]);
      await expect(ended).resolves.toBe(true);
      for (const n of numbers(STATES)) expect(await of(n).find(id)).toBeUndefined();
      await expectTombstone(id);
    }
  });

  it('a rotation leaves a tombstone and stays in the slot', async () => {
    const { id } = await of(0).open({ a: 1 });
    const rotated = await Promise.all(numbers(STATES).map((n) => of(n).rotate(id)));
    const [moved, ...more] = rotated.flatMap((each) => each ?? []);
    expect(more).toEqual([]);
    await expectTombstone(id);
    expect(hashTagOf(await keyOf(moved?.id ?? ''))).toBe(hashTagOf(await keyOf(id)));
  });

  it('a token leads from the old id to the new one for a minute', async () => {
    const { id } = await of(0).open();
    const moved = await of(1).rotate(id, { idempotencyToken: 'token' });
    const key = await keyOf(id);
    await redis.client.hincrby(key, 'ended', -55_000);
    expect((await of(2).rotate(id, { idempotencyToken: 'token' }))?.id).toBe(moved?.id);
    await redis.client.hincrby(key, 'ended', -5_000);
    expect(await of(3).rotate(id, { idempotencyToken: 'token' })).toBeUndefined();
  });

  it('no session is opened under the id of one that lives or has ended', async () => {
    const stuck = await another({ random: alwaysTheSame });
    const { id } = await stuck.sessions.open({ mine: true });
    await expect(stuck.sessions.open()).rejects.toMatchObject({ code: 'state_unavailable' });
    expect((await of(0).find(id))?.data).toEqual({ mine: true });
    await of(0).end(id);
    await expect(stuck.sessions.open()).rejects.toMatchObject({ code: 'state_unavailable' });
  });

  it('a session does not move to an id that is taken', async () => {
    const id = newSessionId(randomBytes);
    const taken = neighbourSessionId(randomBytes, id);
    const drawn = [id, taken, taken, taken].map((text) => Buffer.from(text, 'base64url'));
    const state = await another({ random: () => drawn.shift() ?? Buffer.alloc(16) });
    await state.sessions.open({ who: 'Ann' });
    await state.sessions.open({ who: 'Bob' });
    await expect(state.sessions.rotate(id)).rejects.toMatchObject({ code: 'state_unavailable' });
    expect((await of(0).find(id))?.data).toEqual({ who: 'Ann' });
    expect((await of(0).find(taken))?.data).toEqual({ who: 'Bob' });
  });

  it('an idle life that is longer than the whole one ends with it', async () => {
    const state = await another({ sessionTtlMs: 60_000, sessionMaxMs: 5_000 });
    const opened = await state.sessions.open();
    expect([opened.ttlMs, opened.endsInMs]).toEqual([5_000, 5_000]);
    expect((await state.sessions.find(opened.id))?.ttlMs).toBeLessThanOrEqual(5_000);
  });

  it('a Redis that is killed in the middle of everything leaves no session without an end', async () => {
    const ids: string[] = [];
    const stop = new AbortController();
    const work = async (n: number): Promise<void> => {
      while (!stop.signal.aborted) {
        const { id } = await of(n).open({ n });
        ids.push(id);
        await of(n + 1).visit(id);
        await of(n + 2).set(id, { more: n });
        const next = n % 2 === 0 ? await of(n + 3).rotate(id) : undefined;
        await of(n + 4).end(next?.id ?? id);
      }
    };
    const workers = Promise.allSettled(numbers(20).map(work));
    await new Promise((resolve) => {
      const wait = () => (ids.length > 200 ? resolve(undefined) : setImmediate(wait));
      wait();
    });
    await server.kill();
    stop.abort();
    await workers;
    await disconnect();
    server = await start(server.port);
    await connect();
    const keys = await redis.client.keys(`${namespace}:*:session:*`);
    expect(keys.length).toBeGreaterThan(200);
    for (const key of keys) {
      expect(await redis.client.pttl(key)).toBeGreaterThan(0);
      const [last, ended] = await redis.client.hmget(key, 'until', 'ended');
      expect([last, ended].filter((each) => each !== null)).toHaveLength(1);
    }
  });
});
