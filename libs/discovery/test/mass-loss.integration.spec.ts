import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openDiscovery, type Discovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { startConsulAgent, type ConsulAgent } from '../src/testing.ts';
import { describeWithConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';

const SLOTS = ['a', 'b', 'c', 'd'];

const slotsOf = (discovery: Discovery): string =>
  discovery.upstreams
    .of('api')
    .instances()
    .instances.filter(({ health }) => health === 'passing')
    .map(({ id }) => id.split('-')[1])
    .join('');
const ask = (discovery: Discovery): Promise<number> =>
  discovery.upstreams
    .of('api')
    .call(async ({ port }, signal) => (await fetch(`http://127.0.0.1:${port}/`, { signal })).status, {
      deadlineMs: 10_000,
      attempts: 2,
    });

/** Calls every 20 ms until the work is done; what failed. */
async function failedDuring(
  discovery: Discovery,
  work: () => Promise<void>,
): Promise<{ asked: number; failed: string[] }> {
  let isDone = false;
  const failed: string[] = [];
  let asked = 0;
  const calls: Promise<void>[] = [];
  const timer = setInterval(() => {
    if (isDone) return;
    asked += 1;
    calls.push(
      ask(discovery).then(
        () => undefined,
        (error: Error) => void failed.push(error.message),
      ),
    );
  }, 20);
  try {
    await work();
  } finally {
    isDone = true;
    clearInterval(timer);
  }
  await Promise.all(calls);
  return { asked, failed };
}

describeWithConsul('mass-loss protection', () => {
  let agent: ConsulAgent;
  let cacheDir: string;
  let open: Discovery[];
  let replicas: Replica[];

  const discover = (): Discovery => {
    const discovery = openDiscovery({ kind: 'consul', addresses: [agent.address], cacheDir });
    open.push(discovery);
    return discovery;
  };
  beforeEach(async () => {
    open = [];
    cacheDir = await mkdtemp(join(tmpdir(), 'nestfleet-mass-loss-'));
    [agent, replicas] = await Promise.all([startConsulAgent(), Promise.all(SLOTS.map(() => startReplica()))]);
    const owners = replicas.map((replica, at) => {
      const owner = discover();
      owner.registration(replica.definition('api', { slot: SLOTS[at] as string })).announce();
      return owner;
    });
    await until(() => slotsOf(owners[0] as Discovery) === 'abcd', 20_000);
  });
  afterEach(async () => {
    for (const discovery of open) discovery.close();
    await Promise.all([agent?.stop(), ...replicas.map((replica) => replica.die())]);
    await rm(cacheDir, { recursive: true, force: true });
  });

  it('no call fails while Consul is restarted without its data, and a dead replica goes meanwhile', async () => {
    const reader = discover();
    await until(() => slotsOf(reader) === 'abcd', 20_000);
    // From before the kill: the replicas may be registered again before the agent counts as ready.
    const sets = [slotsOf(reader)];
    const { asked, failed } = await failedDuring(reader, async () => {
      const { ports } = agent;
      await agent.kill();
      open[3]?.close();
      await replicas[3]?.die();
      agent = await startConsulAgent({ ports });
      const inConsul = async (): Promise<number> => {
        const response = await fetch(`${agent.address}/v1/health/service/api?passing`);
        return ((await response.json()) as unknown[]).length;
      };
      await until(async () => {
        if (sets.at(-1) !== slotsOf(reader)) sets.push(slotsOf(reader));
        return (await inConsul()) === 3 && sets.at(-1) === 'abc';
      }, 20_000);
      await until(() => !reader.upstreams.of('api').instances().error, 20_000);
    });
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(50);
    expect(sets).toEqual(['abcd', 'abc']);
  });

  it('a process that starts while Consul is unreachable uses the last-known-good set, of those that confirm themselves', async () => {
    const { ports } = agent;
    await until(async () => {
      const stored = await readFile(join(cacheDir, 'catalog-api.json'), 'utf8');
      return stored.split('"id"').length === 5;
    }, 20_000);
    await agent.kill();
    const killedAtMs = Date.now();
    const [, b, c, d] = replicas as [Replica, Replica, Replica, Replica];
    // b is dead, behind c's port is another service now, and d is another process of the same slot.
    await Promise.all([b.die(), c.die(), d.die()]);
    const strangers = await Promise.all([startReplica(c.port), startReplica(d.port)]);
    strangers[0].definition('worker', { slot: 'c' });
    strangers[1].definition('api', { slot: 'd', epoch: 3_000 });
    replicas.push(...strangers);

    const startedAtMs = performance.now();
    const late = discover();
    await late.upstreams.of('api').ready();
    const { failed } = await failedDuring(late, async () => {
      const seen = late.upstreams.of('api').instances();
      expect(seen).toMatchObject({ cached: true, error: { code: 'catalog_unavailable' } });
      expect(seen.asOfMs).toBeLessThanOrEqual(killedAtMs);
      expect(seen.asOfMs).toBeGreaterThan(killedAtMs - 60_000);
      const sets = new Set<string>();
      await until(() => sets.add(slotsOf(late)) && performance.now() - startedAtMs > 3_000, 20_000);
      expect([...sets]).toEqual(['a']);
      agent = await startConsulAgent({ ports });
      await until(() => late.upstreams.of('api').instances().error === undefined, 20_000);
    });
    expect(failed).toEqual([]);
    expect(late.upstreams.of('api').instances().cached).toBeUndefined();
  });
});
