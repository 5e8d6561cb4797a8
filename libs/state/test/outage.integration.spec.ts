import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { type State, openState, withStateBudget } from '../src/index.ts';
import { COMMAND_TIMEOUT_MS, WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

/** How each piece of work ended. */
async function codes(works: Promise<unknown>[]): Promise<unknown[]> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => (end.status === 'rejected' ? (end.reason as { code: unknown }).code : 'answered'));
}
describeWith('NESTFLEET_REDIS_SERVER', 'an outage of the store', () => {
  let dir: string;
  let server: RedisServer;
  let state: State;
  let id: string;

  const start = (port?: number) =>
    startRedisServer({ dir, appendonly: true, appendfsync: 'always', ...(port === undefined ? {} : { port }) });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'state-outage-'));
    server = await start();
    state = openState({ redisUrl: server.url, namespace: ownNamespace(), commandTimeoutMs: 1_000 });
    await state.ready();
    ({ id } = await state.sessions.open({ name: 'Ann' }));
  });
  afterEach(async () => {
    await state?.close();
    await server?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const reads = () => [
    state.sessions.find(id),
    state.counters.readGlobal(),
    state.values.get('k'),
    state.values.list(),
  ];
  const writes = () => [
    state.sessions.visit(id),
    state.sessions.set(id, { a: 1 }),
    state.sessions.rotate(id),
    state.sessions.change(id, (data) => data),
    state.counters.addGlobal(),
    state.values.put('k', 'v'),
    state.values.remove('k'),
  ];
  const harmless = () => [state.sessions.open(), state.sessions.touch(id), state.sessions.end(id), state.ping()];

  const recover = () => until(async () => (await state.ping()) > 0, WITHIN_MS);

  it('every call rejects by its own time while Redis hangs, and all recovers alone', async () => {
    process.kill(server.pid, 'SIGSTOP');
    const sent = [state.sessions.visit(id), state.sessions.set(id, {}), state.sessions.rotate(id)];
    const [visited, set, rotated, ...others] = await codes([...sent, ...reads(), ...harmless()]);
    expect(new Set([visited, set, rotated])).toEqual(new Set(['state_outcome_unknown']));
    expect(new Set(others)).toEqual(new Set(['state_unavailable']));
    const further = await codes(writes());
    // One of them may be the probe, where this process was kept from its work for so long.
    const unsent = further.filter((code) => code === 'state_unavailable');
    expect(unsent.length).toBeGreaterThanOrEqual(further.length - 1);
    process.kill(server.pid, 'SIGCONT');
    await recover();
    await expect(Promise.all(reads())).resolves.toHaveLength(4);
  });

  it('an unknown outcome happened once or not at all, never twice', async () => {
    await state.counters.addGlobal();
    process.kill(server.pid, 'SIGSTOP');
    const unknown = await codes([state.counters.addGlobal()]);
    expect(unknown).toEqual(['state_outcome_unknown']);
    process.kill(server.pid, 'SIGCONT');
    await recover();
    expect([1, 2]).toContain(await state.counters.readGlobal());
  });

  it('a move with a token is asked for again after an unknown outcome, and happens once', async () => {
    const add = () => state.counters.add('a', 1, { idempotencyToken: 'x' });
    process.kill(server.pid, 'SIGSTOP');
    expect(await codes([add()])).toEqual(['state_outcome_unknown']);
    process.kill(server.pid, 'SIGCONT');
    await recover();
    expect([await add(), await add()]).toEqual([1, 1]);
    expect(await state.counters.read('a')).toBe(1);
  });

  it('all operations of one request together take no more than its budget', async () => {
    process.kill(server.pid, 'SIGSTOP');
    await withStateBudget(300, async () => {
      expect(await codes([state.values.get('a')])).toEqual(['state_unavailable']);
      expect(await codes([state.values.put('b', 'v')])).toEqual(['state_unavailable']);
      expect(await codes([state.counters.addGlobal()])).toEqual(['state_unavailable']);
    });
    process.kill(server.pid, 'SIGCONT');
    await recover();
    // What was refused for want of time was never sent.
    expect(await state.values.get('b')).toBeUndefined();
    expect(await state.counters.readGlobal()).toBe(0);
  });

  it('after a restart of Redis the same session counts on, without its scripts being lost', async () => {
    expect(await state.sessions.visit(id)).toBe(1);
    await server.kill();
    await until(async () => (await codes([state.sessions.visit(id)]))[0] === 'state_unavailable', WITHIN_MS);
    server = await start(server.port);
    await recover();
    expect(await state.sessions.visit(id)).toBe(2);
    expect((await state.sessions.find(id))?.data).toEqual({ name: 'Ann' });
  });

  it('five replicas see the same', async () => {
    const namespace = ownNamespace();
    const replicas = [1, 2, 3, 4, 5].map(() =>
      openState({ redisUrl: server.url, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS }),
    );
    await Promise.all(replicas.map((each) => each.ready()));
    const replica = (n: number) => replicas[n % replicas.length] ?? state;
    const session = await replica(0).sessions.open();
    const turns = Array.from({ length: 100 }, (_none, n) => n);
    const counts = await Promise.all(turns.map((n) => replica(n).sessions.visit(session.id)));
    expect(new Set(counts).size).toBe(100);
    await Promise.all(turns.map((n) => replica(n).values.put(`k${n}`, `${n}`)));
    const seen = await Promise.all(replicas.map(({ values }) => values.list({ limit: 1_000 })));
    for (const { keys } of seen) expect(keys).toHaveLength(100);
    await Promise.all(replicas.map((each) => each.close()));
  });
});
