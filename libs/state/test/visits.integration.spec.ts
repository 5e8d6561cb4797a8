import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type State, openState, withStateBudget } from '../src/index.ts';
import { stateKeys } from '../src/keys.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_none, at) => at + 1);

/** How each piece of work ended: its answer or the code of its error. */
async function ends(works: readonly Promise<unknown>[]): Promise<unknown[]> {
  const all = await Promise.allSettled(works);
  return all.map((end) => (end.status === 'rejected' ? (end.reason as { code: unknown }).code : end.value));
}

describeWith('NESTFLEET_REDIS_SERVER', 'visits in Redis', () => {
  const namespace = ownNamespace();
  const keys = stateKeys((tag) => keySpace(namespace).tagged(tag));
  let dir: string;
  let server: RedisServer;
  let state: State;
  /** A connection beside the one under test. */
  let other: RedisConnection;

  const start = (port?: number) =>
    startRedisServer({ dir, appendonly: true, appendfsync: 'always', ...(port === undefined ? {} : { port }) });
  const idsOf = async (n: number) => (await Promise.all(upTo(n).map(() => state.sessions.open()))).map(({ id }) => id);
  const countOf = async (id: string) => (await state.sessions.find(id))?.count;
  /** A number of Redis' own statistics. */
  const statistic = async (section: string, pattern: RegExp) =>
    Number(pattern.exec(String(await other.client.call('INFO', section)))?.[1] ?? 0);
  const scripts = () => statistic('commandstats', /cmdstat_evalsha:calls=(\d+)/);

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'state-visits-'));
    server = await start();
    state = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    other = connectRedis({ url: server.url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await Promise.all([state.ready(), other.ready()]);
    // So that no script below has to be sent as text first.
    const { session } = await state.visits.open();
    await state.visits.count(session.id);
    await other.client.del(keys.global());
  });
  afterEach(async () => {
    await Promise.all([state?.close(), other?.close()]);
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('those of one turn are one script, and a long turn is several that Redis can bear', async () => {
    const ids = await idsOf(20);
    const before = await scripts();
    const counts = await Promise.all(upTo(100).map((n) => state.visits.count(ids[n % 20] ?? '')));
    expect(counts.map((each) => each?.globalCount)).toEqual(upTo(100));
    expect((await scripts()) - before).toBe(1);
    await Promise.all(upTo(1_100).map((n) => state.visits.count(ids[n % 20] ?? '')));
    expect((await scripts()) - before).toBe(1 + 3);
    expect(await state.counters.readGlobal()).toBe(1_200);
  });

  it('a session that cannot be counted fails alone', async () => {
    const [well = '', text = '', word = '', endless = ''] = await idsOf(4);
    await other.client.set(keys.session(text), 'not a hash');
    await other.client.hset(keys.session(word), 'count', 'many');
    await other.client.hset(keys.session(endless), 'until', 'never');
    expect(await ends([well, text, word, endless, well].map((id) => state.visits.count(id)))).toEqual([
      { sessionCount: 1, globalCount: 1 },
      'wrong_type',
      'wrong_type',
      'wrong_type',
      { sessionCount: 2, globalCount: 2 },
    ]);
    expect(await other.client.get(keys.session(text))).toBe('not a hash');
    expect(await state.counters.readGlobal()).toBe(2);
  });

  it('when only the count over all cannot be moved, nobody is told that nothing was done', async () => {
    const ids = await idsOf(2);
    await other.client.hset(keys.global(), 'a', 'hash');
    expect(await ends([...ids, 'A'.repeat(22)].map((id) => state.visits.count(id)))).toEqual([
      'state_outcome_unknown',
      'state_outcome_unknown',
      undefined,
    ]);
    expect(await ends([state.visits.open()])).toEqual(['state_outcome_unknown']);
    expect(await Promise.all(ids.map(countOf))).toEqual([1, 1]);
  });

  it('a Redis that takes no writes refuses all, and nothing is counted', async () => {
    const ids = await idsOf(2);
    await other.client.config('SET', 'maxmemory', '1');
    expect(await ends(ids.map((id) => state.visits.count(id)))).toEqual([
      'state_writes_refused',
      'state_writes_refused',
    ]);
    await other.client.config('SET', 'maxmemory', '0');
    await other.client.config('SET', 'min-replicas-to-write', '1');
    expect(await ends(ids.map((id) => state.visits.count(id)))).toEqual([
      'state_writes_refused',
      'state_writes_refused',
    ]);
    await other.client.config('SET', 'min-replicas-to-write', '0');
    expect(await ends(ids.map((id) => state.visits.count(id)))).toEqual([
      { sessionCount: 1, globalCount: 1 },
      { sessionCount: 1, globalCount: 2 },
    ]);
  });

  it('Redis hangs: each visit ends within its own budget, those that were not sent as unavailable', async () => {
    const [id = ''] = await idsOf(1);
    const hanging = openState({ redisUrl: server.url, namespace, commandTimeoutMs: 2_500 });
    await hanging.ready();
    process.kill(server.pid, 'SIGSTOP');
    const within = (budgetMs: number) => withStateBudget(budgetMs, () => hanging.visits.count(id));
    const codes = await ends([within(2), within(1_000), within(2_000), within(60_000), hanging.visits.count(id)]);
    expect(codes).toEqual(['state_unavailable', ...upTo(4).map(() => 'state_outcome_unknown')]);
    process.kill(server.pid, 'SIGCONT');
    // Behind it, over the same connection.
    await until(async () => (await hanging.ping()) > 0, WITHIN_MS);
    await hanging.close();
    // The late script counted what it had been sent, and nothing of it was sent again.
    expect(await countOf(id)).toBe(4);
    expect(await state.counters.readGlobal()).toBe(4);
  });

  it('a batch does not end with the budget of the request that began it', async () => {
    const [id = ''] = await idsOf(1);
    const slow = openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await slow.ready();
    process.kill(server.pid, 'SIGSTOP');
    const first = withStateBudget(1_000, () => slow.visits.count(id));
    let isOpen = true;
    const second = slow.visits.count(id).finally(() => (isOpen = false));
    expect(await ends([first])).toEqual(['state_outcome_unknown']);
    expect(isOpen).toBe(true);
    process.kill(server.pid, 'SIGCONT');
    expect(await ends([second])).toEqual([{ sessionCount: 2, globalCount: 2 }]);
    await slow.close();
  });

  it('a visit in a request sees the time that its request has left, one outside of it has its own', async () => {
    const [id = ''] = await idsOf(1);
    const late = withStateBudget(0, () => state.visits.count(id));
    expect(await ends([late, state.visits.count(id)])).toEqual([
      'state_unavailable',
      { sessionCount: 1, globalCount: 1 },
    ]);
  });

  it('a lost connection leaves all unknown, and nothing is counted twice', async () => {
    const ids = await idsOf(5);
    await Promise.all(ids.map((id) => state.visits.count(id)));
    process.kill(server.pid, 'SIGSTOP');
    const lost = ends(ids.map((id) => state.visits.count(id)));
    await new Promise(setImmediate);
    await server.kill();
    expect(new Set(await lost)).toEqual(new Set(['state_outcome_unknown']));
    expect(await ends([state.visits.count(ids[0] ?? '')])).toEqual(['state_unavailable']);
    server = await start(server.port);
    await until(async () => (await state.ping()) > 0, WITHIN_MS);
    // Redis never saw the second script; the client must not have kept it for later.
    expect(await Promise.all(ids.map(countOf))).toEqual(ids.map(() => 1));
    expect(await state.counters.readGlobal()).toBe(5);
    expect(await Promise.all(ids.map((id) => state.visits.count(id)))).toEqual(
      ids.map((_id, at) => ({ sessionCount: 2, globalCount: 6 + at })),
    );
  });
});
