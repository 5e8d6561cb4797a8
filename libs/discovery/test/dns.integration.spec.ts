import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDiscovery, type Snapshot } from '../src/index.ts';
import { dnsCatalog } from '../src/dns/catalog.ts';
import { dnsResolver } from '../src/dns/resolver.ts';
import { openCatalogHub } from '../src/catalog-hub.ts';
import { parseNamePattern } from '../src/dns/name-pattern.ts';
import type { Catalog } from '../src/catalog.ts';
import { until } from '@nestfleet/timing';
import { startConsulAgent, type ConsulAgent } from '../src/testing.ts';
import { benchInstance, catalogConformance, type CatalogBench } from './catalog-conformance.ts';
import { putInConsul } from './consul-bench.ts';
import { describeWithConsul, ownService } from './consul-tier.ts';
import { startReplica } from './replica.ts';
import { linkTo } from './tcp-link.ts';

describeWithConsul('DNS', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsulAgent({ hcl: ['dns_config { only_passing = true }'] });
  });
  afterAll(() => agent?.stop());

  async function dnsBench(wrap: (source: Catalog) => Catalog): Promise<CatalogBench> {
    const link = await linkTo(`http://127.0.0.1:${agent.ports.dns}`);
    const service = ownService();
    const resolve = dnsResolver([`127.0.0.1:${link.port}`], Math.random);
    return {
      catalog: wrap(dnsCatalog({ pattern: parseNamePattern('{service}.service.consul'), resolve })),
      service,
      // All that DNS knows of an instance is where it is, and that it passes.
      asSeen: ({ address, port, weight, health }) =>
        health === 'passing'
          ? { id: `${service}-${address}:${port}`, address, port, weight, health, tags: [], meta: {}, epoch: 0 }
          : undefined,
      put: (instances) => putInConsul(agent.address, service, instances),
      cut: () => link.cut(),
      mend: () => link.mend(),
      async close() {
        await putInConsul(agent.address, service, []);
        await link.cut();
      },
    };
  }

  describe.each([
    ['the DNS adapter', (source: Catalog) => source],
    ['the DNS adapter behind the hub', openCatalogHub],
  ])('%s', (_, wrap) => {
    it.each(catalogConformance)('$name', async (conformanceCase) => {
      await expect(conformanceCase.run(() => dnsBench(wrap))).resolves.toBeUndefined();
    });
  });

  it.each([
    ['SRV records', '{service}.service.consul', 30],
    ['addresses', '{service}.service.consul:3000', 30],
  ])('has all of 30 instances in one answer of %s', async (_, name, count) => {
    const service = ownService();
    const instances = Array.from({ length: count }, (__, n) => benchInstance(n + 1));
    await putInConsul(agent.address, service, instances);
    const servers = [`127.0.0.1:${agent.ports.dns}`];
    const catalog = dnsCatalog({ pattern: parseNamePattern(name), resolve: dnsResolver(servers, Math.random) });
    const sets: Snapshot[] = [];
    const stop = new AbortController();
    for await (const snapshot of catalog.watch(service, stop.signal)) {
      sets.push(snapshot);
      stop.abort();
    }
    expect(sets[0]?.error).toBeUndefined();
    expect(new Set(sets[0]?.instances.map(({ address }) => address))).toEqual(
      new Set(instances.map(({ address }) => address)),
    );
    await putInConsul(agent.address, service, []);
  });

  it('calls go on while the DNS server is unreachable, and to those that confirm themselves after all names are lost', async () => {
    const service = ownService();
    const [a, b] = await Promise.all([startReplica(), startReplica()]);
    const at = [a, b].map(({ port }, n) => ({ ...benchInstance(n + 1), address: '127.0.0.1', port }));
    for (const replica of [a, b]) replica.definition(service);
    await putInConsul(agent.address, service, at);
    const link = await linkTo(`http://127.0.0.1:${agent.ports.dns}`);
    const discovery = openDiscovery({
      kind: 'dns',
      name: '{service}.service.consul',
      servers: [`127.0.0.1:${link.port}`],
    });
    try {
      const upstream = discovery.upstreams.of(service);
      const ports = () => new Set(upstream.instances().instances.map(({ port }) => port));
      await until(() => ports().size === 2, 20_000);
      await link.cut();
      await until(() => upstream.instances().error, 20_000);
      expect(ports()).toEqual(new Set([a.port, b.port]));
      b.definition('another');
      await putInConsul(agent.address, service, []);
      await link.mend();
      await until(() => ports().size === 1, 20_000);
      expect(ports()).toEqual(new Set([a.port]));
    } finally {
      discovery.close();
      await Promise.all([link.cut(), a.die(), b.die()]);
    }
  });
});
