import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openDiscovery, type Discovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { catalogEntries, onlyPassing } from './catalog-entries.ts';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';
import { startReplicaProcess, type ReplicaProcess } from './replica-process.ts';

const SLOTS = ['a', 'b', 'c', 'd'];

/** Long enough for the other run to have looked at the slot, again and again. */
async function aFewLooks(): Promise<void> {
  const startMs = performance.now();
  await until(() => performance.now() - startMs > 2_500, 20_000);
}

describeWithConsul('runs of one slot', () => {
  let service: string;
  let watching: Discovery;
  const closing: (() => unknown)[] = [];

  beforeEach(() => {
    service = ownService();
    watching = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    for (const { id } of await watching.registrar.list(service)) await watching.registrar.deregister(id);
    watching?.close();
  });

  const idsOf = (epoch: number): string => SLOTS.map((slot) => `${service}-${slot}-${epoch}`).join();

  it('20 times kill -9 and restart: one entry for each living replica', async () => {
    const running = new Map<string, ReplicaProcess>();
    closing.push(() => Promise.all([...running.values()].map((process) => process.kill())));
    const start = async (slot: string, epoch: number): Promise<void> => {
      running.set(slot, await startReplicaProcess({ service, slot, epoch }, [sharedConsul()]));
    };
    await Promise.all(SLOTS.map((slot) => start(slot, 1)));
    await until(async () => (await onlyPassing(sharedConsul(), service)) === idsOf(1), 20_000);
    for (let epoch = 2; epoch <= 6; epoch += 1) {
      // Each starts as soon as its former run is dead, while Consul still takes that for well.
      await Promise.all(
        SLOTS.map(async (slot) => {
          await running.get(slot)?.kill();
          await start(slot, epoch);
        }),
      );
      const isAlone = async (): Promise<boolean> => (await onlyPassing(sharedConsul(), service)) === idsOf(epoch);
      await expect(until(isAlone, 20_000)).resolves.toBe(true);
    }
  }, 60_000);

  /** One run of a slot in this process. */
  interface Run {
    id: string;
    replica: Replica;
    drain(): Promise<void>;
    leave(): Promise<void>;
  }

  async function startRun(slot: string, epoch: number): Promise<Run> {
    const replica = await startReplica();
    const discovery = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
    const registration = discovery.registration(replica.definition(service, { slot, epoch }));
    closing.push(
      () => discovery.close(),
      () => replica.die(),
    );
    registration.announce();
    return {
      id: registration.id,
      replica,
      async drain() {
        replica.readyStatus = 404;
        await registration.maintenance(true);
      },
      async leave() {
        await registration.withdraw();
        discovery.close();
        await replica.die();
      },
    };
  }

  /** Every health that a watcher sees of these from now on; `missing` where one is not listed. */
  function recorded(ids: readonly string[]): ReadonlyMap<string, string[]> {
    const seen = new Map(ids.map((id) => [id, [] as string[]]));
    const stop = new AbortController();
    const reading = (async () => {
      for await (const { instances } of watching.catalog.watch(service, stop.signal)) {
        for (const [id, states] of seen) {
          const health = instances.find((instance) => instance.id === id)?.health ?? 'missing';
          if (health !== states.at(-1)) states.push(health);
        }
      }
    })();
    closing.unshift(
      () => stop.abort(),
      () => reading,
    );
    return seen;
  }
  const passing = (id: string): Promise<boolean> =>
    until(
      async () => (await catalogEntries(sharedConsul(), service)).some((one) => one.id === id && one.passing),
      20_000,
    );

  it('20 times an old and a new one overlap: the new one is always passing, the draining one is left alone', async () => {
    let former = await Promise.all(SLOTS.map((slot) => startRun(slot, 1)));
    for (let epoch = 2; epoch <= 6; epoch += 1) {
      const fresh = await Promise.all(SLOTS.map((slot) => startRun(slot, epoch)));
      for (const { id } of [...former, ...fresh]) await passing(id);
      const seen = recorded([...former, ...fresh].map(({ id }) => id));
      await Promise.all(former.map((run) => run.drain()));
      await until(() => former.every(({ id }) => seen.get(id)?.at(-1) === 'maintenance'), 20_000);
      await aFewLooks();
      for (const { id } of former) {
        expect(seen.get(id)).not.toContain('missing');
        expect(seen.get(id)?.at(-1)).toBe('maintenance');
      }
      await Promise.all(former.map((run) => run.leave()));
      await until(async () => (await onlyPassing(sharedConsul(), service)) === idsOf(epoch), 20_000);
      for (const { id } of fresh) expect(seen.get(id)).toEqual(['passing']);
      former = fresh;
    }
  }, 60_000);

  it('one that drains without Consul knowing it is critical, answers, and is left alone', async () => {
    const old = await startRun('a', 1);
    await passing(old.id);
    const seen = recorded([old.id]);
    old.replica.readyStatus = 404;
    const next = await startRun('a', 2);
    await until(() => seen.get(old.id)?.at(-1) === 'critical', 20_000);
    await aFewLooks();
    expect(seen.get(old.id)).toEqual(['passing', 'critical']);
    await old.replica.die();
    // Its registration, which here outlives it, writes the entry again each time.
    await until(() => seen.get(old.id)?.includes('missing'), 20_000);
    await passing(next.id);
  }, 30_000);
});
