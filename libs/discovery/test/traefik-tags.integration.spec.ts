import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { openDiscovery, traefikTags, type Discovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';

describeWithConsul("Traefik's tags in Consul", () => {
  let discovery: Discovery;
  let service: string;
  const replicas: Replica[] = [];

  beforeEach(() => {
    service = ownService();
    discovery = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
  });
  afterEach(async () => {
    for (const { id } of await discovery.registrar.list(service)) await discovery.registrar.deregister(id);
    discovery?.close();
    for (const replica of replicas.splice(0)) await replica.die();
  });

  async function announce(slot: string, version: string, tags: readonly string[]): Promise<void> {
    const replica = await startReplica();
    replicas.push(replica);
    discovery.registration(replica.definition(service, { slot, version, tags })).announce();
  }

  interface Seen {
    version: string;
    tags: string[];
  }

  async function passing(query = ''): Promise<Seen[]> {
    const response = await fetch(`${sharedConsul()}/v1/health/service/${service}?passing${query}`);
    const entries = (await response.json()) as { Service: { Tags: string[]; Meta: { version: string } } }[];
    return entries
      .map(({ Service }) => ({ version: Service.Meta.version, tags: Service.Tags.toSorted() }))
      .toSorted((a, b) => a.version.localeCompare(b.version));
  }
  /** As Traefik asks when nothing is exposed by default: only what has the tag. */
  const asTraefikAsks = (): Promise<Seen[]> => passing('&tag=traefik.enable%3Dtrue');

  it('arrive whole, the same from replicas of two versions, and from no replica without them', async () => {
    const tags = traefikTags(services.api, 'fleet.test');
    await announce('a', '1.0.0', tags);
    await announce('b', '2.0.0', tags);
    await announce('c', '1.0.0', []);
    await expect(until(async () => (await passing()).length === 3, 20_000)).resolves.toBe(true);
    const sorted = tags.toSorted();
    expect(await asTraefikAsks()).toEqual([
      { version: '1.0.0', tags: sorted },
      { version: '2.0.0', tags: sorted },
    ]);
  });

  it('go away with maintenance: a draining replica is not routed to', async () => {
    await announce('a', '1.0.0', traefikTags(services.api, 'fleet.test'));
    await expect(until(async () => (await asTraefikAsks()).length === 1, 20_000)).resolves.toBe(true);
    await discovery.registrar.maintenance(`${service}-a-2000`, true);
    await expect(until(async () => (await asTraefikAsks()).length === 0, 20_000)).resolves.toBe(true);
  });
});
