import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDiscovery, originOf, type Discovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { startConsulServers, type ConsulServers } from './consul-servers.ts';
import { catalogEntries, onlyPassing } from './catalog-entries.ts';
import { describeWithConsul } from './consul-tier.ts';
import { startReplica } from './replica.ts';

const SLOTS = ['a', 'b', 'c'];
const service = 'api';
const all = SLOTS.map((slot) => `${service}-${slot}-2000`).join();

describeWithConsul('three Consul servers', () => {
  let servers: ConsulServers;
  const ends: (() => Promise<void>)[] = [];
  const discoveries: Discovery[] = [];
  let timer: NodeJS.Timeout | undefined;

  beforeAll(async () => {
    servers = await startConsulServers(3);
    ends.push(() => servers.stop());
    for (const slot of SLOTS) {
      const replica = await startReplica();
      ends.push(() => replica.die());
      const discovery = openDiscovery({ kind: 'consul', addresses: servers.addresses });
      discoveries.push(discovery);
      discovery.registration(replica.definition(service, { slot })).announce();
    }
  }, 240_000);
  afterAll(async () => {
    clearInterval(timer);
    for (const discovery of discoveries) discovery.close();
    await Promise.all(ends.map((end) => end()));
  });

  /** Calls at about a hundred a second until told to stop; what came of each. */
  function load() {
    const discovery = openDiscovery({ kind: 'consul', addresses: servers.addresses });
    discoveries.push(discovery);
    const result = { ok: 0, failures: [] as unknown[] };
    const open = new Set<Promise<void>>();
    const ask = async (): Promise<void> => {
      try {
        await discovery.upstreams
          .of(service)
          .call(async (instance, signal) => (await fetch(originOf(instance), { signal })).text(), {
            deadlineMs: 20_000,
            attempts: 1,
          });
        result.ok += 1;
      } catch (error) {
        result.failures.push(error);
      }
    };
    timer = setInterval(() => {
      const call = ask().finally(() => open.delete(call));
      open.add(call);
    }, 10);
    return {
      ok: () => result.ok,
      async end() {
        clearInterval(timer);
        await Promise.all(open);
        return result;
      },
    };
  }

  it('each killed in turn: no call fails, and each replica has one entry again', async () => {
    await until(async () => (await onlyPassing(servers.addresses[0] ?? '', service)) === all, 20_000);
    const calls = load();
    const tookMs: number[] = [];
    for (const [index, address] of servers.addresses.entries()) {
      const living = servers.addresses[(index + 1) % 3] ?? '';
      const killedAtMs = performance.now();
      await servers.kill(index);
      const before = calls.ok();
      // By the node, because right after the kill the catalog still lists the entries as they were.
      await until(async () => {
        const entries = await catalogEntries(living, service);
        return entries.every(({ node }) => node !== `server-${index}`) && (await onlyPassing(living, service)) === all;
      }, 20_000);
      tookMs.push(Math.round(performance.now() - killedAtMs));
      await until(() => calls.ok() >= before + 100, 20_000);
      await servers.restart(index);
      // The restarted agent has our entries on its disk; it is told to forget them.
      await until(async () => {
        const response = await fetch(`${address}/v1/agent/services`, { signal: AbortSignal.timeout(20_000) });
        return Object.keys((await response.json()) as object).length === 0;
      }, 20_000);
      await expect(until(async () => (await onlyPassing(address, service)) === all, 20_000)).resolves.toBe(true);
    }
    const { ok, failures } = await calls.end();
    expect(failures).toEqual([]);
    console.info(`one entry each after ${tookMs.join(', ')} ms; ${ok} calls`);
  }, 240_000);
});
