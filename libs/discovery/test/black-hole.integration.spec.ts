import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { openDiscovery, type Snapshot } from '../src/index.ts';
import { consulCatalog } from '../src/consul/catalog.ts';
import { createConsulClient } from '../src/consul/client.ts';
import { openCatalogHub } from '../src/catalog-hub.ts';
import { until } from '@nestfleet/timing';
import { type NetNamespace, openNetNamespace, startConsulAgent, type ConsulAgent } from '../src/testing.ts';
import { benchInstance } from './catalog-conformance.ts';
import { putInConsul } from './consul-bench.ts';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { describeInNamespace } from './net-namespace.ts';
import { startReplica } from './replica.ts';

const tell = ({ instances, error }: Snapshot): string => (error ? 'fault' : String(instances.length));

/** What the kernel finds out takes some 15 s of its own clock. Keep-alive probes alone take longer than this, and the query ends after 55 s. */
const FOUND_OUT_MS = 25_000;

/** What a watch sees, with the time of each sight. */
function watched(addresses: readonly string[], service: string) {
  const hub = openCatalogHub(consulCatalog({ client: createConsulClient({ addresses }) }));
  const stop = new AbortController();
  const seen: { what: string; atMs: number }[] = [];
  const reading = (async () => {
    for await (const snapshot of hub.watch(service, stop.signal))
      seen.push({ what: tell(snapshot), atMs: performance.now() });
  })();
  return {
    sees: (what: string, sinceMs = 0) =>
      until(() => seen.find((sight) => sight.what === what && sight.atMs > sinceMs), FOUND_OUT_MS),
    /** Until the next query has been sent and acknowledged: the kernel asks about a path only where nothing is on its way. */
    async isQuiet() {
      const lastMs = seen.at(-1)?.atMs ?? 0;
      await until(() => performance.now() - lastMs > 300, 20_000);
    },
    async end() {
      stop.abort();
      await reading;
    },
  };
}

describeInNamespace(describeWithConsul, 'where packets to an agent vanish', () => {
  let network: NetNamespace;
  let agent: ConsulAgent;
  let watch: ReturnType<typeof watched>;
  let service: string;

  beforeAll(async () => {
    network = await openNetNamespace();
    const binary = await network.wrap(process.env['NESTFLEET_CONSUL'] || 'consul');
    agent = await startConsulAgent({ binary, host: network.host });
  });
  afterEach(() => watch?.end());
  afterAll(async () => {
    await agent?.stop();
    await network?.close();
  });

  it('a watch that waits moves to the next agent long before its query ends, without anybody telling it', async () => {
    service = ownService();
    await putInConsul(agent.address, service, [benchInstance(1)]);
    await putInConsul(sharedConsul(), service, [benchInstance(2), benchInstance(3)]);
    watch = watched([agent.address, sharedConsul()], service);
    await watch.sees('1');
    await watch.isQuiet();
    await network.swallow();
    const sinceMs = performance.now();
    try {
      await expect(watch.sees('2', sinceMs)).resolves.toMatchObject({ what: '2' });
    } finally {
      await network.release();
      await putInConsul(sharedConsul(), service, []);
    }
  });

  it('a watch with this agent only says so long before its query ends, and is fresh when packets arrive again', async () => {
    service = ownService();
    await putInConsul(agent.address, service, [benchInstance(1)]);
    watch = watched([agent.address], service);
    await watch.sees('1');
    await watch.isQuiet();
    await network.swallow();
    const sinceMs = performance.now();
    try {
      await watch.sees('fault', sinceMs);
    } finally {
      await network.release();
    }
    const releasedAtMs = performance.now();
    await putInConsul(agent.address, service, [benchInstance(1), benchInstance(2)]);
    await expect(watch.sees('2', releasedAtMs)).resolves.toMatchObject({ what: '2' });
  });
});

describeWithConsul('where an agent hangs', () => {
  it('what the registration finds out moves the watch too, long before its query ends', async () => {
    const service = ownService();
    const [agent, replica] = await Promise.all([startConsulAgent(), startReplica()]);
    await putInConsul(sharedConsul(), service, [benchInstance(2)]);
    const discovery = openDiscovery({ kind: 'consul', addresses: [agent.address, sharedConsul()] });
    try {
      discovery.registration(replica.definition(service)).announce();
      const upstream = discovery.upstreams.of(service);
      await until(() => upstream.instances().instances[0]?.health === 'passing', 20_000);
      process.kill(agent.pid, 'SIGSTOP');
      const hasMoved = () => upstream.instances().instances.some(({ id }) => id === benchInstance(2).id);
      await expect(until(hasMoved, 20_000)).resolves.toBe(true);
    } finally {
      discovery.close();
      await Promise.all([agent.kill(), replica.die(), putInConsul(sharedConsul(), service, [])]);
    }
  });
});
