import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace } from '@nestfleet/redis';
import { startRedisCluster, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { Cluster } from 'ioredis';
import { type State, openState } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { layoutLoad } from './layout-load.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

/** A minute side by side when all is asked for. */
const SIDE_BY_SIDE_MS = process.env['ALL'] === '1' ? 60_000 : 4_000;
const WINDOW_MS = 86_400_000;
const response = { status: 201, headers: {}, body: 'made' };

const kinds = [
  ['one Redis', () => startRedisServer()],
  ['a Redis Cluster', () => startRedisCluster({ primaries: 3 })],
] as const;

for (const [kind, start] of kinds)
  describeWith('NESTFLEET_REDIS_SERVER', `two layouts in ${kind}`, () => {
    let server: Awaited<ReturnType<typeof start>>;
    let redis: RedisConnection;
    let namespace = ownNamespace();
    const opened: State[] = [];
    const keys = () => stateKeys((tag) => keySpace(namespace).tagged(tag));

    beforeAll(async () => {
      server = await start();
      redis = connectRedis({ url: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
      await redis.ready();
    }, 30_000);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((state) => state.close()));
      namespace = ownNamespace();
    });
    afterAll(async () => {
      await redis?.close();
      await server?.stop();
    });

    async function open(layoutVersion: number, layoutSwitchMs = 0): Promise<State> {
      const state = openState({
        redisUrl: server.url,
        namespace,
        layoutVersion,
        layoutSwitchMs,
        commandTimeoutMs: COMMAND_TIMEOUT_MS,
      });
      opened.push(state);
      await state.ready();
      return state;
    }
    const switchOf = (tag: 'c' | 'i') => redis.client.get(keys().layoutSwitch(tag));

    it(
      'are written side by side, forth and back, and nothing fails, is lost or counts twice',
      async () => {
        const older = await open(1);
        const load = layoutLoad();
        await load.run([older], 500);
        expect(await redis.client.get(keys().layout())).toBe('1');
        const newer = await open(2, SIDE_BY_SIDE_MS / 2);
        expect(await redis.client.get(keys().layout())).toBe('2');
        const before = load.steps;
        await load.run([older, newer], SIDE_BY_SIDE_MS);
        expect(load.steps).toBeGreaterThan(before + 100);
        expect([await switchOf('c'), await switchOf('i')]).toEqual(
          Array(2).fill(expect.stringMatching(/^2 \d+ holds$/)),
        );
        const frozen = await redis.client.get(keys().counter('n0'));
        await load.run([newer], 500);
        await load.verify(newer);
        // A roll back: the release before, started anew.
        const again = await open(1);
        await load.run([again, newer], SIDE_BY_SIDE_MS / 4);
        await load.run([again], 500);
        await load.verify(again);
        expect(await redis.client.get(keys().counter('n0'))).toBe(frozen);
        expect(Number(await redis.client.get(keys().spread.counter('n0')))).toBeGreaterThan(Number(frozen));
      },
      60_000 + 4 * SIDE_BY_SIDE_MS,
    );

    it('what was under way when layout 2 came to hold ends as it would have', async () => {
      const older = await open(1);
      const [kept, freed, dead] = await Promise.all(
        ['kept', 'freed', 'dead'].map(async (scope) => {
          const begun = await older.idempotency.begin(scope, 'f');
          if (begun.kind !== 'mine') throw new Error(begun.kind);
          return begun.claim;
        }),
      );
      const { endsInMs } = await older.counters.addWithin('w', { windowMs: WINDOW_MS, by: 5 });
      await redis.client.pexpire(keys().idempotency('dead'), 1_000);
      const newer = await open(2);
      expect((await newer.idempotency.begin('kept', 'f')).kind).toBe('in-flight');
      expect((await newer.idempotency.begin('kept', 'other')).kind).toBe('mismatch');
      expect((await newer.idempotency.begin('dead', 'f')).kind).toBe('in-flight');
      // By the one who began it, who learns of the switch with it.
      expect(await older.idempotency.finish(kept!, response)).toBe(true);
      expect(await newer.idempotency.begin('kept', 'f')).toEqual({ kind: 'done', response });
      expect((await newer.idempotency.begin('freed', 'f')).kind).toBe('in-flight');
      expect(await older.idempotency.abandon(freed!)).toBe(true);
      expect((await newer.idempotency.begin('freed', 'f')).kind).toBe('mine');
      const late = await until(async () => {
        const begun = await newer.idempotency.begin('dead', 'f');
        return begun.kind === 'mine' && begun.claim;
      }, WITHIN_MS);
      expect(await older.idempotency.finish(dead!, response)).toBe(false);
      expect(await newer.idempotency.finish(late, response)).toBe(true);

      expect(await newer.counters.readWithin('w', { windowMs: WINDOW_MS })).toMatchObject({ count: 5 });
      expect((await newer.counters.addWithin('w', { windowMs: WINDOW_MS })).count).toBe(6);
      const ends = await Promise.all(
        [keys().window('w', WINDOW_MS), keys().spread.window('w', WINDOW_MS)].map((key) =>
          redis.client.pexpiretime(key),
        ),
      );
      expect(ends[0]).toBe(ends[1]);
      expect(endsInMs).toBeGreaterThan(0);
    });

    it('a response is given again as it was after layout 2 came to hold, wherever its parts end', async () => {
      const older = await open(1);
      const bodies = ['ü'.repeat(100), `a${'ü'.repeat(100)}`, '👋'.repeat(50), `ab${'€'.repeat(60)}`];
      for (const body of bodies) {
        const begun = await older.idempotency.begin(body, 'f');
        expect(begun.kind === 'mine' && (await older.idempotency.finish(begun.claim, { ...response, body }))).toBe(
          true,
        );
      }
      const newer = await open(2);
      for (const body of bodies)
        expect(await newer.idempotency.begin(body, 'f')).toEqual({ kind: 'done', response: { ...response, body } });
    });

    it('a window is not looked for in layout 1 for longer than it could be there', async () => {
      const windowMs = 50;
      const newer = await open(2);
      await newer.counters.read('n');
      const sinceMs = Number((await switchOf('c'))?.split(' ')[1]);
      await until(async () => {
        const [seconds] = await redis.client.time();
        return Number(seconds) * 1_000 > sinceMs + windowMs;
      }, WITHIN_MS);
      // It would be copied if it were looked for.
      await redis.client.set(keys().window('w', windowMs), '7');
      expect((await newer.counters.addWithin('w', { windowMs })).count).toBe(1);
    });

    it('what layout 1 has is read also while Redis refuses to have it copied', async () => {
      const older = await open(1);
      await older.counters.add('n', 5);
      await older.counters.addWithin('w', { windowMs: WINDOW_MS, by: 7 });
      const newer = await open(2);
      expect(await newer.counters.read('other')).toBe(0);
      const { client } = redis;
      const primaries = client instanceof Cluster ? client.nodes('master') : [client];
      const refuse = (replicas: number) =>
        Promise.all(primaries.map((node) => node.config('SET', 'min-replicas-to-write', replicas)));
      await refuse(1);
      try {
        await expect(newer.counters.add('n')).rejects.toMatchObject({ code: 'state_writes_refused' });
        expect(await newer.counters.read('n')).toBe(5);
        expect((await newer.counters.readWithin('w', { windowMs: WINDOW_MS })).count).toBe(7);
      } finally {
        await refuse(0);
      }
      expect(await newer.counters.add('n')).toBe(6);
    });

    it('a switch that Redis lost is put back by who knows since when layout 2 holds', async () => {
      await (await open(2)).counters.add('n');
      const older = await open(1);
      await older.counters.add('n');
      const held = await switchOf('c');
      await redis.client.del(keys().layoutSwitch('c'));
      await until(async () => (await older.counters.add('n')) > 2 && (await switchOf('c')) !== null, WITHIN_MS);
      expect(await switchOf('c')).toBe(held);
      expect(await (await open(1)).counters.add('n')).toBeGreaterThan(3);
    });

    it('a switch that is only pending does not keep back who knows since when layout 2 holds', async () => {
      await (await open(2)).counters.add('n');
      const older = await open(1);
      await older.counters.add('n');
      const held = await switchOf('c');
      await redis.client.del(keys().layoutSwitch('c'));
      // Was not there before, and asks first.
      const fresh = await open(2, 600_000);
      expect(await switchOf('c')).toMatch(/^2 \d+$/);
      await until(async () => (await older.counters.add('n')) > 2 && (await switchOf('c')) === held, WITHIN_MS);
      const all = await older.counters.add('n');
      expect(await fresh.counters.add('n')).toBe(all + 1);
      expect(await (await open(2)).counters.add('n')).toBe(all + 2);
    });

    it('is not ready over one that a newer release has written, and leaves it', async () => {
      await redis.client.set(keys().layout(), '3');
      await expect(open(1)).rejects.toMatchObject({ code: 'state_layout_newer' });
      await expect(open(2)).rejects.toMatchObject({ code: 'state_layout_newer' });
      expect(await redis.client.get(keys().layout())).toBe('3');
      expect(await switchOf('c')).toBeNull();
    });
  });
