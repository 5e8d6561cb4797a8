import { afterEach, expect, it } from '@jest/globals';
import {
  type RedisCluster,
  type RedisSentinels,
  startRedisCluster,
  startRedisSentinels,
} from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type State, openState } from '../src/index.ts';
import { bucketOf } from '../src/keys.ts';
import { WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

/** How a piece of work ended. */
const endOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (fault: { code: string }) => fault.code,
  );

/** Ends that there may be while servers come and go. */
function expectHonest(ends: readonly string[]): void {
  for (const code of new Set(ends)) expect(['done', 'state_unavailable', 'state_outcome_unknown']).toContain(code);
}

/** Does it again and again, four at a time, until told to stop. */
function load(work: () => Promise<unknown>) {
  const ends: string[] = [];
  const stopped = new AbortController();
  const over = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!stopped.signal.aborted) {
        ends.push(await endOf(work()));
        await new Promise((turn) => setTimeout(turn, 2));
      }
    }),
  );
  const doneSince = (from: number) => ends.slice(from).filter((code) => code === 'done').length;
  return {
    ends,
    doneSince,
    async stop() {
      stopped.abort();
      await over;
      expectHonest(ends);
      const of = (code: string) => ends.filter((end) => end === code).length;
      return { done: of('done'), unknown: of('state_outcome_unknown') };
    },
  };
}

describeWith('NESTFLEET_REDIS_SERVER', 'servers of the store come and go', () => {
  let servers: RedisCluster | RedisSentinels | undefined;
  let state: State;

  const over = async (started: RedisCluster | RedisSentinels, namespace = ownNamespace()) => {
    servers = started;
    state = openState({ redisUrl: started.url, namespace, commandTimeoutMs: 2_000 });
    await state.ready();
    return namespace;
  };
  afterEach(async () => {
    await state?.close();
    await servers?.stop();
    servers = undefined;
  });

  it('a primary of a cluster that hangs takes only its own with it, and nothing is done twice', async () => {
    const cluster = await startRedisCluster({ primaries: 3, settings: { 'cluster-require-full-coverage': 'no' } });
    const namespace = await over(cluster);
    await state.counters.add('n', 1);
    const hung = await cluster.primaryOf(`${namespace}:{c}:counter:n`);
    const sessions = await Promise.all(Array.from({ length: 8 }, () => state.sessions.open()));
    const elsewhere: string[] = [];
    for (const { id } of sessions) {
      if ((await cluster.primaryOf(`${namespace}:{s${bucketOf(id)}}:x`)) !== hung) elsewhere.push(id);
    }
    expect(elsewhere.length).toBeGreaterThan(0);
    hung.child.kill('SIGSTOP');
    const counting = load(() => state.counters.add('n', 1));
    const others = load(() => Promise.all(elsewhere.map((id) => state.sessions.visit(id))));
    await until(() => counting.ends.includes('state_unavailable'), WITHIN_MS);
    const { done: othersDone } = await others.stop();
    expect(othersDone).toBe(others.ends.length);
    expect(othersDone).toBeGreaterThan(10);
    hung.child.kill('SIGCONT');
    const from = counting.ends.length;
    await until(() => counting.doneSince(from) > 20, WITHIN_MS);
    const { done, unknown } = await counting.stop();
    const count = await state.counters.read('n');
    expect(unknown).toBeGreaterThan(0);
    expect(count).toBeGreaterThanOrEqual(1 + done);
    expect(count).toBeLessThanOrEqual(1 + done + unknown);
  }, 60_000);

  it('a replica of a cluster takes over, and all goes on by itself', async () => {
    const cluster = await startRedisCluster({ primaries: 3, replicas: 1 });
    const namespace = await over(cluster);
    const { id } = await state.sessions.open({ name: 'Ann' });
    const counting = load(() => state.counters.add('n', 1));
    const visiting = load(() => state.visits.count(id));
    await until(() => counting.doneSince(0) > 50 && visiting.doneSince(0) > 50, WITHIN_MS);
    const dead = await cluster.primaryOf(`${namespace}:{c}:counter:n`);
    await dead.kill();
    await until(() => counting.ends.some((code) => code !== 'done'), WITHIN_MS);
    const from = counting.ends.length;
    await until(() => counting.doneSince(from) > 50, WITHIN_MS);
    const { done, unknown } = await counting.stop();
    await visiting.stop();
    // An unplanned one may lose what it acknowledged last; what it never does is count twice.
    expect(await state.counters.read('n')).toBeLessThanOrEqual(done + unknown);
    expect((await state.sessions.find(id))?.data).toEqual({ name: 'Ann' });
  }, 90_000);

  it('a planned failover of Sentinels loses nothing that was acknowledged and doubles nothing', async () => {
    const set = await startRedisSentinels({ replicas: 1, sentinels: 3 });
    await over(set);
    const { id } = await state.sessions.open({ name: 'Ann' });
    const visiting = load(() => state.visits.count(id));
    await until(() => visiting.doneSince(0) > 50, WITHIN_MS);
    await set.failover();
    const from = visiting.ends.length;
    await until(() => visiting.doneSince(from) > 50, WITHIN_MS);
    const { done, unknown } = await visiting.stop();
    for (const count of [(await state.sessions.find(id))?.count, await state.counters.readGlobal()]) {
      expect(count).toBeGreaterThanOrEqual(done);
      expect(count).toBeLessThanOrEqual(done + unknown);
    }
  }, 60_000);

  it('an unplanned one is over by itself, and each call until then is honest and in time', async () => {
    const set = await startRedisSentinels({ replicas: 1, sentinels: 3 });
    await over(set);
    const counting = load(() => state.counters.add('n', 1));
    const reading = load(() => state.values.list());
    await until(() => counting.doneSince(0) > 50, WITHIN_MS);
    await (await set.primary()).kill();
    await until(() => counting.ends.some((code) => code !== 'done'), WITHIN_MS);
    const from = counting.ends.length;
    await until(() => counting.doneSince(from) > 50, WITHIN_MS);
    const { done, unknown } = await counting.stop();
    const reads = await reading.stop();
    expect(reads.unknown).toBe(0);
    expect(await state.counters.read('n')).toBeLessThanOrEqual(done + unknown);
  }, 60_000);
});
