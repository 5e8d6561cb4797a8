import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openDiscovery, type Discovery, type ServiceDefinition } from '../src/index.ts';
import { until } from '@nestfleet/timing';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';

/** For `until`: only a test that fails waits so long. */
const WITHIN_MS = 20_000;

/** Status and output of a check as its agent has them: what a check says while it passes is told to the catalog much later. */
async function checkOf(service: string): Promise<string> {
  const response = await fetch(`${sharedConsul()}/v1/agent/checks?filter=ServiceName==%22${service}%22`);
  const [own] = Object.values((await response.json()) as Record<string, { Status: string; Output: string }>);
  return `${own?.Status}: ${own?.Output}`;
}

describeWithConsul('a registration in Consul', () => {
  let discovery: Discovery;
  let replica: Replica;
  let service: string;
  const closing: (() => unknown)[] = [];

  async function anotherReplica(): Promise<Replica> {
    const another = await startReplica();
    closing.push(() => another.die());
    return another;
  }
  /** As the process of an earlier run: closing it leaves its entries behind. */
  function earlierRun(): Discovery {
    const earlier = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
    closing.push(() => earlier.close());
    return earlier;
  }

  beforeEach(async () => {
    service = ownService();
    discovery = openDiscovery({ kind: 'consul', addresses: [sharedConsul()] });
    replica = await anotherReplica();
    await discovery.upstreams.of(service).ready();
  });
  afterEach(async () => {
    for (const { id } of await discovery.registrar.list(service)) await discovery.registrar.deregister(id);
    discovery?.close();
    for (const close of closing.splice(0)) await close();
  });

  /** What a watcher sees, e.g. `a-2000 passing`. */
  const seen = (): string[] =>
    discovery.upstreams
      .of(service)
      .instances()
      .instances.map(({ id, health }) => `${id.slice(service.length + 1)} ${health}`);
  const untilSeen = (expected: readonly string[]): Promise<boolean> =>
    until(() => seen().join() === expected.join(), WITHIN_MS);

  /** The one entry as Consul itself has it, and at which change of the catalog it was created. */
  async function entry(): Promise<{ createdAt: number; inMaintenance: boolean } | undefined> {
    const response = await fetch(`${sharedConsul()}/v1/health/service/${service}`);
    const [own] = (await response.json()) as { Service: { CreateIndex: number }; Checks: { CheckID: string }[] }[];
    if (own === undefined) return undefined;
    const inMaintenance = own.Checks.some(({ CheckID }) => CheckID.startsWith('_service_maintenance:'));
    return { createdAt: own.Service.CreateIndex, inMaintenance };
  }

  function announce(change: Partial<ServiceDefinition> = {}) {
    const registration = discovery.registration(replica.definition(service, change));
    registration.announce();
    return registration;
  }

  it('is passing for a watcher as soon as it is announced, with its ports and meta', async () => {
    announce({ ports: { rpc: 3100, control: 3200, metrics: null }, tags: ['blue'], weight: 3 });
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    expect(discovery.upstreams.of(service).instances().instances).toEqual([
      {
        id: `${service}-a-2000`,
        service,
        address: '127.0.0.1',
        port: replica.port,
        health: 'passing',
        tags: ['blue'],
        meta: {
          version: '1.0.0',
          epoch: '2000',
          instance_name: `${service}-1`,
          rpc_port: '3100',
          control_port: '3200',
        },
        weight: 3,
        epoch: 2_000,
      },
    ]);
  });

  it('shows maintenance at once, and that it ended', async () => {
    const registration = announce();
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    await registration.maintenance(true);
    await expect(untilSeen(['a-2000 maintenance'])).resolves.toBe(true);
    await registration.maintenance(false);
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
  });

  it('stays in maintenance when the entry has to be written again', async () => {
    const registration = announce();
    await registration.maintenance(true);
    const former = await until(entry, WITHIN_MS);
    await discovery.registrar.deregister(registration.id);
    await registration.maintenance(true);
    // Told by its index: whether anybody sees the moment without an entry is a matter of luck.
    const isNew = async (): Promise<boolean> => {
      const now = await entry();
      return now !== undefined && now.createdAt > former.createdAt && now.inMaintenance;
    };
    await expect(until(isNew, WITHIN_MS)).resolves.toBe(true);
    await expect(untilSeen(['a-2000 maintenance'])).resolves.toBe(true);
  });

  it('has its check again when only that was removed: without one it would pass for ever', async () => {
    const { id } = announce();
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    const path = `/v1/agent/check/deregister/${encodeURIComponent(`service:${id}`)}`;
    await fetch(`${sharedConsul()}${path}`, { method: 'PUT' });
    replica.readyStatus = 500;
    await expect(untilSeen(['a-2000 critical'])).resolves.toBe(true);
  });

  it('removes only its own entry when it withdraws', async () => {
    const leaving = announce();
    discovery.registration((await anotherReplica()).definition(service, { slot: 'b' })).announce();
    await expect(untilSeen(['a-2000 passing', 'b-2000 passing'])).resolves.toBe(true);
    await leaving.withdraw();
    await expect(untilSeen(['b-2000 passing'])).resolves.toBe(true);
  });

  it('is critical after its process died, and is not picked any more', async () => {
    announce();
    const other = await anotherReplica();
    earlierRun()
      .registration(other.definition(service, { slot: 'b' }))
      .announce();
    await expect(untilSeen(['a-2000 passing', 'b-2000 passing'])).resolves.toBe(true);
    await replica.die();
    await expect(untilSeen(['a-2000 critical', 'b-2000 passing'])).resolves.toBe(true);
    const picked = Array.from({ length: 20 }, () => discovery.upstreams.of(service).pick()?.instance.port);
    expect(new Set(picked)).toEqual(new Set([other.port]));
  });

  it('is critical while /readyz does not answer 200, and recovers by itself', async () => {
    announce();
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    replica.readyStatus = 503;
    await expect(untilSeen(['a-2000 critical'])).resolves.toBe(true);
    replica.readyStatus = 200;
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
  });

  it('leaves one entry after a crash and a restart in the same slot', async () => {
    const crashed = earlierRun();
    const before = await anotherReplica();
    crashed.registration(before.definition(service, { epoch: 1_000 })).announce();
    await expect(untilSeen(['a-1000 passing'])).resolves.toBe(true);
    crashed.close();
    await before.die();
    announce();
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
  }, 60_000);

  it.each([
    ['the same slot', 'a', 1_000],
    ['the same slot, with a clock that was ahead', 'a', 3_000],
    ['another slot', 'b', 1_000],
    ['another slot, with a clock that was ahead', 'b', 3_000],
  ])(
    'leaves one entry after a restart on the port of %s: the old check would pass for ever',
    async (_, slot, epoch) => {
      const crashed = earlierRun();
      crashed.registration(replica.definition(service, { slot, epoch })).announce();
      await expect(untilSeen([`${slot}-${epoch} passing`])).resolves.toBe(true);
      crashed.close();
      announce();
      await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    },
  );

  it('is checked at the path of its own, whatever `/readyz` answers', async () => {
    replica.readyStatus = 503;
    const check = { path: '/health?deep=1', intervalMs: 2_000, timeoutMs: 1_500, deregisterAfterMs: 120_000 };
    announce({ check });
    const answered = `passing: HTTP GET http://127.0.0.1:${replica.port}/health?deep=1: 200 OK`;
    await expect(until(async () => (await checkOf(service)).startsWith(answered), WITHIN_MS)).resolves.toBe(true);
  });

  it('keeps the entry of an earlier run that is still draining, and of other slots', async () => {
    const leaving = announce({ epoch: 1_000, port: replica.port });
    await leaving.maintenance(true);
    const other = await anotherReplica();
    discovery.registration(other.definition(service)).announce();
    const beside = await anotherReplica();
    discovery.registration(beside.definition(service, { slot: 'a-1', epoch: 1_500 })).announce();
    await expect(untilSeen(['a-1-1500 passing', 'a-1000 maintenance', 'a-2000 passing'])).resolves.toBe(true);
  });

  it('is written again after somebody changed or removed it', async () => {
    const { id } = announce({ tags: ['blue'] });
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    const tagsAndPort = (): string => {
      const [own] = discovery.upstreams.of(service).instances().instances;
      return `${own?.tags.join()} ${own?.port}`;
    };
    const body = JSON.stringify({ ID: id, Name: service, Port: 1, Tags: ['red'] });
    await fetch(`${sharedConsul()}/v1/agent/service/register`, { method: 'PUT', body });
    await until(() => tagsAndPort() === 'red 1', WITHIN_MS);
    await expect(until(() => tagsAndPort() === `blue ${replica.port}`, WITHIN_MS)).resolves.toBe(true);
    await discovery.registrar.deregister(id);
    await expect(until(() => discovery.registrar.find(id), WITHIN_MS)).resolves.toMatchObject({ health: 'passing' });
  });

  it('sends heartbeats without a port', async () => {
    announce({ port: null });
    await expect(untilSeen(['a-2000 passing'])).resolves.toBe(true);
    const response = await fetch(`${sharedConsul()}/v1/health/checks/${service}`);
    expect(await response.json()).toMatchObject([{ Type: 'ttl', Status: 'passing' }]);
  });
});
