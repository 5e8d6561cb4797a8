import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDiscovery, type Discovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { startConsulAgent, type ConsulAgent } from '../src/testing.ts';
import { onlyPassing } from './catalog-entries.ts';
import { describeWithConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';

describeWithConsul('while Consul is unreachable', () => {
  let agent: ConsulAgent;
  let discovery: Discovery;
  let replica: Replica;
  /** Of the watches. */
  let lines: unknown[] = [];
  const line = ({ event, service }: Record<string, unknown>): void => {
    if (String(event).startsWith('discovery.watch')) lines.push([event, service]);
  };

  beforeAll(async () => {
    agent = await startConsulAgent();
    discovery = openDiscovery({ kind: 'consul', addresses: [agent.address] }, { log: { info: line, warn: line } });
    replica = await startReplica();
  });
  afterAll(async () => {
    discovery?.close();
    await Promise.all([agent?.stop(), replica?.die()]);
  });

  const api = () => discovery.upstreams.of('api');
  const isPassing = (): boolean => {
    const { instances, error } = api().instances();
    return error === undefined && instances.length === 1 && instances[0]?.health === 'passing';
  };

  it('a replica that boots first registers as soon as Consul is there', async () => {
    const { ports } = agent;
    await agent.stop();
    discovery.registration(replica.definition('api')).announce();
    await expect(discovery.ping()).rejects.toMatchObject({ code: 'catalog_unavailable' });
    agent = await startConsulAgent({ ports });
    await until(isPassing, 20_000);
  });

  it('calls go to the last good set, and the snapshot says since when', async () => {
    const { ports } = agent;
    await until(isPassing, 20_000);
    const good = api().instances();
    lines = [];
    await agent.stop();
    const goneAtMs = Date.now();
    await until(() => api().instances().error, 20_000);
    const stale = api().instances();
    expect(stale.error?.code).toBe('catalog_unavailable');
    expect(stale.instances).toEqual(good.instances);
    expect(stale.asOfMs).toBeGreaterThanOrEqual(good.asOfMs);
    expect(stale.asOfMs).toBeLessThanOrEqual(goneAtMs);
    const call = api().call(
      async ({ port }, signal) => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal })).status,
      { deadlineMs: 20_000, attempts: 1 },
    );
    await expect(call).resolves.toBe(200);
    expect(lines).toEqual([['discovery.watch_failed', 'api']]);
    agent = await startConsulAgent({ ports });
    await until(isPassing, 20_000);
    expect(lines).toEqual([
      ['discovery.watch_failed', 'api'],
      ['discovery.watch_recovered', 'api'],
    ]);
  });

  it('an agent that restarts with its data has one entry of the replica, and of no earlier run', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'nestfleet-consul-outage-'));
    let own = await startConsulAgent({ dataDir });
    const registering = openDiscovery({ kind: 'consul', addresses: [own.address] });
    registering.registration(replica.definition('web')).announce();
    await until(async () => (await onlyPassing(own.address, 'web')) === 'web-a-2000', 20_000);
    await own.kill();
    own = await startConsulAgent({ dataDir, ports: own.ports });
    await until(async () => (await onlyPassing(own.address, 'web')) === 'web-a-2000', 20_000);
    registering.close();
    await own.kill();
    // As after a crash of the machine: the replica comes back together with the agent.
    own = await startConsulAgent({ dataDir, ports: own.ports });
    const next = openDiscovery({ kind: 'consul', addresses: [own.address] });
    next.registration(replica.definition('web', { epoch: 3_000 })).announce();
    await expect(until(async () => (await onlyPassing(own.address, 'web')) === 'web-a-3000', 20_000)).resolves.toBe(
      true,
    );
    next.close();
    await own.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  });

  it('a registry that lost its data has the replica again, without anybody telling it', async () => {
    await until(isPassing, 20_000);
    const { ports } = agent;
    await agent.kill();
    agent = await startConsulAgent({ ports });
    const entries = async (): Promise<unknown[]> => {
      const response = await fetch(`${agent.address}/v1/health/service/api?passing`);
      return (await response.json()) as unknown[];
    };
    await expect(until(async () => (await entries()).length === 1, 20_000)).resolves.toBe(true);
    await until(isPassing, 20_000);
  });
});
