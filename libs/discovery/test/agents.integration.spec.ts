import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDiscovery, type Discovery } from '../src/index.ts';
import type { ConsulSource } from '../src/discovery.ts';
import { until } from '@nestfleet/timing';
import { startConsulAgent, type ConsulAgent } from '../src/testing.ts';
import { freeConsulPorts } from '../src/testing/consul-ports.ts';
import { onlyPassing } from './catalog-entries.ts';
import { describeWithConsul, ownService, sharedConsul } from './consul-tier.ts';
import { startReplica, type Replica } from './replica.ts';

describeWithConsul('the agent that a replica registers with', () => {
  let replica: Replica;
  let service: string;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    service = ownService();
    replica = await startReplica();
    closing.push(() => replica.die());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  function opened(source: Omit<ConsulSource, 'kind'>): Discovery {
    const discovery = openDiscovery({ kind: 'consul', ...source });
    closing.push(() => discovery.close());
    return discovery;
  }

  /** Takes connections and never answers, as an agent that is stopped. */
  async function silentAddress(): Promise<string> {
    const taken = new Set<Socket>();
    const server = createServer((socket) => taken.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      for (const socket of taken) socket.destroy();
      server.close();
    });
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    ['refuses', async () => `127.0.0.1:${(await freeConsulPorts()).http}`],
    ['is silent', silentAddress],
  ])('is the second after 3 s when the first %s; watches do not wait for that', async (_, firstAddress) => {
    const discovery = opened({ addresses: [await firstAddress(), sharedConsul()] });
    const startMs = performance.now();
    const registration = discovery.registration(replica.definition(service));
    registration.announce();
    await until(async () => (await onlyPassing(sharedConsul(), service)) === registration.id, 20_000);
    expect(performance.now() - startMs).toBeGreaterThan(2_900);
    await registration.withdraw();
  });

  describe('with a token', () => {
    const master = '11111111-2222-3333-4444-555555555555';
    let agent: ConsulAgent;
    beforeEach(async () => {
      // Who sends no token is the master here, so that the agent itself and this test may do everything.
      agent = await startConsulAgent({
        hcl: [
          `acl { enabled = true, default_policy = "deny", tokens { master = "${master}", default = "${master}" } }`,
        ],
      });
      closing.push(() => agent.stop());
    });

    async function put(path: string, body: unknown): Promise<{ SecretID?: string; AccessorID?: string }> {
      const response = await fetch(`${agent.address}${path}`, { method: 'PUT', body: JSON.stringify(body) });
      return (await response.json()) as { SecretID?: string; AccessorID?: string };
    }
    const newToken = () => put('/v1/acl/token', { Policies: [{ Name: 'own-service' }] });
    /** A token that may write this service, and read. */
    async function ownToken(): Promise<string> {
      const Rules = `service "${service}" { policy = "write" } service_prefix "" { policy = "read" } node_prefix "" { policy = "read" }`;
      await put('/v1/acl/policy', { Name: 'own-service', Rules });
      return (await newToken()).SecretID ?? '';
    }

    it('needs one that may write its own service, also to remove what a dead node has left of it', async () => {
      const Check = { Node: 'gone', CheckID: 'serfHealth', Status: 'critical' };
      for (const ID of [`${service}-a-1000`, `${service}-a-2000`, `${service}-b-1000`]) {
        const Service = { ID, Service: service, Address: '127.0.0.1', Port: 1 };
        await put('/v1/catalog/register', { Node: 'gone', Address: '192.0.2.1', Service, Check });
      }
      const discovery = opened({ addresses: [agent.address], token: await until(ownToken, 20_000) });
      discovery.registration(replica.definition(service)).announce();
      // An earlier run and a copy are gone; what is in another slot is not ours.
      const expected = `${service}-a-2000,${service}-b-1000 not passing on gone`;
      await expect(until(async () => (await onlyPassing(agent.address, service)) === expected, 20_000)).resolves.toBe(
        true,
      );
      const other = opened({ addresses: [agent.address], token: '99999999-2222-3333-4444-555555555555' });
      await expect(other.registrar.find('x')).rejects.toMatchObject({ code: 'catalog_refused' });
    });

    it('is revoked before its replica is gone: the next run removes what passes for ever', async () => {
      await until(ownToken, 20_000);
      const [first, second] = [await newToken(), await newToken()];
      const run = (token: string | undefined, at: Replica, epoch: number): Discovery => {
        const discovery = opened({ addresses: [agent.address], token });
        discovery.registration(at.definition(service, { epoch })).announce();
        return discovery;
      };
      const isOnly = async (epoch: number): Promise<boolean> =>
        (await onlyPassing(agent.address, service)) === `${service}-a-${epoch}`;
      const former = await startReplica();
      closing.push(() => former.die());
      const earlier = run(first.SecretID, former, 1_000);
      await until(() => isOnly(1_000), 20_000);
      await fetch(`${agent.address}/v1/acl/token/${first.AccessorID}`, { method: 'DELETE' });
      const refusal = () => earlier.ping().then(() => undefined, String);
      await expect(until(refusal, 20_000)).resolves.toMatch('answered 403');
      earlier.close();
      await former.die();
      // The agent finds it critical, and may not tell the catalog.
      const path = `${agent.address}/v1/agent/health/service/id/${service}-a-1000`;
      await until(async () => (await fetch(path)).status === 503, 20_000);
      await expect(isOnly(1_000)).resolves.toBe(true);
      const next = run(second.SecretID, replica, 2_000);
      await expect(until(() => isOnly(2_000), 20_000)).resolves.toBe(true);
      await expect(next.ping()).resolves.toBeGreaterThan(0);
    });

    it('may have another one in its file, which is taken without a restart', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'nestfleet-consul-token-'));
      closing.push(() => rm(folder, { recursive: true }));
      const path = join(folder, 'token');
      const revoked = '99999999-2222-3333-4444-555555555555';
      await writeFile(path, revoked);
      const discovery = opened({ addresses: [agent.address], tokenFile: path });
      const { id } = discovery.registration(replica.definition(service));
      await expect(discovery.registrar.find(id)).rejects.toMatchObject({ code: 'catalog_refused' });
      discovery.registration(replica.definition(service)).announce();
      await writeFile(path, await until(ownToken, 20_000));
      await expect(until(async () => (await onlyPassing(agent.address, service)) === id, 20_000)).resolves.toBe(true);
    });
  });

  describe('over TLS, with an authority of its own', () => {
    let directory: string;
    let address: string;
    const pem = (name: string): Promise<string> => readFile(join(directory, name), 'utf8');

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'nestfleet-consul-tls-'));
      closing.push(() => rm(directory, { recursive: true }));
      const make = (...args: string[]): Promise<unknown> =>
        promisify(execFile)(process.env['NESTFLEET_CONSUL'] || 'consul', ['tls', ...args], { cwd: directory });
      await make('ca', 'create');
      await make('cert', 'create', '-server');
      await make('cert', 'create', '-client');
      const { http: https } = await freeConsulPorts();
      const agent = await startConsulAgent({
        hcl: [
          `ports { https = ${https} }`,
          'verify_incoming_https = true',
          ...Object.entries({
            ca_file: 'consul-agent-ca.pem',
            cert_file: 'dc1-server-consul-0.pem',
            key_file: 'dc1-server-consul-0-key.pem',
          }).map(([name, file]) => `${name} = "${join(directory, file)}"`),
        ],
      });
      closing.push(() => agent.stop());
      address = `https://127.0.0.1:${https}`;
    }, 60_000);

    it('is authenticated by its certificate, and authenticates ours', async () => {
      const ca = await pem('consul-agent-ca.pem');
      const cert = await pem('dc1-client-consul-0.pem');
      const key = await pem('dc1-client-consul-0-key.pem');
      const discovery = opened({ addresses: [address], tls: { ca, cert, key } });
      discovery.registration(replica.definition(service)).announce();
      await discovery.upstreams.of(service).ready();
      await until(() => discovery.upstreams.of(service).pick()?.instance.id === `${service}-a-2000`, 20_000);
      const named = opened({ addresses: [address], tls: { ca, cert, key, serverName: 'server.dc1.consul' } });
      await expect(named.ping()).resolves.toBeGreaterThan(0);
      const another = { ca, cert, key, serverName: 'server.dc2.consul' };
      for (const tls of [{ ca }, { cert, key }, another, undefined]) {
        const other = opened({ addresses: [address], tls });
        await expect(other.ping()).rejects.toMatchObject({ code: 'catalog_unavailable' });
      }
    });
  });

  it('says by its datacenter where others are looked for', async () => {
    const here = opened({ addresses: [sharedConsul()], datacenter: 'dc1' });
    const nowhere = opened({ addresses: [sharedConsul()], datacenter: 'dc9' });
    const registration = here.registration(replica.definition(service));
    registration.announce();
    await until(() => here.upstreams.of(service).instances().instances.length === 1, 20_000);
    const { code } = await until(() => nowhere.upstreams.of(service).instances().error, 20_000);
    expect(code).toBe('catalog_unavailable');
    await registration.withdraw();
  });
});
