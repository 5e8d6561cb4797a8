import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agentSend } from '../src/consul/agent-send.ts';
import { openDiscovery } from '../src/index.ts';
import { consulCatalog } from '../src/consul/catalog.ts';
import { consulRegistrar } from '../src/consul/registrar.ts';
import { createConsulClient } from '../src/consul/client.ts';
import { openCatalogHub } from '../src/catalog-hub.ts';
import type { Catalog } from '../src/catalog.ts';
import { until } from '@nestfleet/timing';
import { benchInstance, catalogConformance, type CatalogBench } from './catalog-conformance.ts';
import { putInConsul } from './consul-bench.ts';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { linkTo, type TcpLink } from './tcp-link.ts';

async function consulBench(wrap: (source: Catalog) => Catalog): Promise<CatalogBench> {
  const link = await linkTo(sharedConsul());
  const stop = new AbortController();
  const source = consulCatalog({ client: createConsulClient({ addresses: [link.address] }) });
  const service = ownService();
  return {
    catalog: wrap({ watch: (name, signal) => source.watch(name, AbortSignal.any([signal, stop.signal])) }),
    service,
    put: (instances) => putInConsul(sharedConsul(), service, instances),
    cut: () => link.cut(),
    mend: () => link.mend(),
    async close() {
      stop.abort();
      await putInConsul(sharedConsul(), service, []);
      await link.cut();
    },
  };
}

const passingOnly = (source: Catalog): Catalog => ({
  async *watch(service, signal) {
    for await (const snapshot of source.watch(service, signal)) {
      yield { ...snapshot, instances: snapshot.instances.filter(({ health }) => health === 'passing') };
    }
  },
});

describeWithConsul('the conformance suite', () => {
  describe.each([
    ['the Consul adapter', (source: Catalog) => source],
    ['the Consul adapter behind the hub', openCatalogHub],
  ])('%s', (_, wrap) => {
    it.each(catalogConformance)('$name', async (conformanceCase) => {
      await expect(conformanceCase.run(() => consulBench(wrap))).resolves.toBeUndefined();
    });
  });

  it('finds a Consul catalog that reads passing instances only', async () => {
    const failed: string[] = [];
    // One after the other: the ids of the instances are the same in each case, and an agent knows an id once.
    for (const { name, run } of catalogConformance) {
      await run(async () => ({ ...(await consulBench(passingOnly)), waitMaxMs: 3_000 })).catch(() => failed.push(name));
    }
    expect(failed).toEqual([expect.stringContaining('keeps critical instances')]);
  });
});

describeWithConsul('the watch of a service', () => {
  let link: TcpLink;
  let end: () => Promise<void>;
  beforeEach(async () => {
    link = await linkTo(sharedConsul());
  });
  afterEach(async () => {
    await end();
    await link.cut();
  });

  /** A watch through the link whose queries are counted. */
  function counted(service: string, settings: { waitMs?: number } = {}) {
    const queries: string[] = [];
    const send = agentSend();
    const counting: typeof send = (url, init) => {
      queries.push(url.search);
      return send(url, init);
    };
    const client = createConsulClient({ addresses: [link.address], fetch: counting });
    const hub = openCatalogHub(consulCatalog({ client, ...settings }));
    const stop = new AbortController();
    const seen: string[] = [];
    const readers = Array.from({ length: 10 }, async () => {
      for await (const { instances, error } of hub.watch(service, stop.signal)) {
        seen.push(error ? 'fault' : `${instances.length}`);
      }
    });
    end = async () => {
      stop.abort();
      await Promise.all(readers);
      await putInConsul(sharedConsul(), service, []);
    };
    return { queries, seen };
  }

  it('asks once per change for all its readers, and nothing while nothing changes', async () => {
    const service = ownService();
    const { queries, seen } = counted(service);
    await until(() => seen.length === 10, 20_000);
    await putInConsul(sharedConsul(), service, [benchInstance(1)]);
    await until(() => seen.filter((size) => size === '1').length === 10, 20_000);
    const sinceMs = performance.now();
    const before = queries.length;
    // Changes of another service pass by: they move the index of the registry, not of ours.
    const other = ownService();
    for (const set of [[benchInstance(2)], [benchInstance(3)], []]) await putInConsul(sharedConsul(), other, set);
    await until(() => performance.now() - sinceMs > 1_500, 20_000);
    expect(queries.length - before).toBeLessThanOrEqual(1);
    expect(before).toBeLessThanOrEqual(5);
  });

  it('is one connection for a whole process, however many balancers it has', async () => {
    const service = ownService();
    const discovery = openDiscovery({ kind: 'consul', addresses: [link.address] });
    end = () => Promise.resolve(discovery.close());
    const names = ['round-robin', 'random', 'power-of-two'] as const;
    const upstreams = [discovery, ...names.map((name) => discovery.balancedBy(name))];
    await Promise.all(upstreams.map((one) => one.upstreams.of(service).ready()));
    await putInConsul(sharedConsul(), service, [benchInstance(1)]);
    await until(() => upstreams.every((one) => one.upstreams.of(service).instances().instances.length === 1), 20_000);
    expect(link.open()).toBe(1);
    await putInConsul(sharedConsul(), service, []);
  });

  it('has a fresh set soon after its connection was cut, and does not hammer an unreachable registry', async () => {
    const service = ownService();
    await putInConsul(sharedConsul(), service, [benchInstance(1)]);
    const { queries, seen } = counted(service);
    await until(() => seen.includes('1'), 20_000);
    const before = queries.length;
    await link.cut();
    await until(() => seen.includes('fault'), 20_000);
    await putInConsul(sharedConsul(), service, [benchInstance(1), benchInstance(2)]);
    const cutAtMs = performance.now();
    await until(() => performance.now() - cutAtMs > 2_000, 20_000);
    // Back-off 100, 200, 400 … ms, of which at least half is waited.
    expect(queries.length - before).toBeLessThanOrEqual(7);
    await link.mend();
    await until(() => seen.includes('2'), 20_000);
  });

  it('is fresh again after each reset of its connection', async () => {
    const service = ownService();
    await putInConsul(sharedConsul(), service, [benchInstance(1)]);
    const { seen } = counted(service);
    await until(() => seen.at(-1) === '1', 20_000);
    for (const [size, set] of [
      ['2', [benchInstance(1), benchInstance(2)]],
      ['1', [benchInstance(1)]],
      ['0', []],
    ] as const) {
      link.reset();
      await putInConsul(sharedConsul(), service, set);
      await until(() => seen.at(-1) === size, 20_000);
      expect(seen.at(-1)).toBe(size);
    }
  });

  it('asks once per wait while nothing changes', async () => {
    const service = ownService();
    const { queries, seen } = counted(service, { waitMs: 3_000 });
    await until(() => seen.length === 10, 20_000);
    await until(() => queries.length === 2, 20_000);
    const sinceMs = performance.now();
    await until(() => queries.length === 4, 20_000);
    // Consul adds up to a sixteenth.
    expect(performance.now() - sinceMs).toBeGreaterThan(5_900);
  });

  it('never makes more than its pace of a service that flaps', async () => {
    const service = ownService();
    const { queries, seen } = counted(service);
    await until(() => seen.length === 10, 20_000);
    const sinceMs = performance.now();
    for (let n = 0; n < 60; n += 1) {
      await putInConsul(sharedConsul(), service, n % 2 === 0 ? [benchInstance(1)] : []);
    }
    await until(() => seen.at(-1) === '0', 20_000);
    const seconds = (performance.now() - sinceMs) / 1_000;
    expect(queries.length).toBeLessThanOrEqual(12 + 5 * seconds);
  });
});

describeWithConsul('the registrar of Consul', () => {
  it('repeats without harm what was done already', async () => {
    const registrar = consulRegistrar(createConsulClient({ addresses: [sharedConsul()] }));
    await registrar.deregister(ownService());
    await expect(registrar.maintenance(ownService(), true)).rejects.toMatchObject({ code: 'catalog_refused' });
    await expect(registrar.heartbeat(ownService())).rejects.toMatchObject({ code: 'catalog_unavailable' });
    expect(await registrar.list(ownService())).toEqual([]);
  });
});
