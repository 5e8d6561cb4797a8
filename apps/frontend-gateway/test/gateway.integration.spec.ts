import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gatewayWhoami, topology } from '@nestfleet/contracts';
import { type Discovery, openDiscovery, registrationOf } from '@nestfleet/discovery';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { ask, until } from './fleet/ask.ts';
import { describeWithConsul } from './fleet/consul-tier.ts';
import { startDataReplica } from './fleet/data-replica.ts';
import { echo, type Replica, startReplica } from './fleet/replica.ts';
import { startWholeGateway } from './fleet/whole-gateway.ts';

type Gateway = Awaited<ReturnType<typeof startWholeGateway>>;

/** Looks again and again until it sees what is expected. */
const settles = async (look: () => Promise<unknown>, expected: unknown): Promise<void> => {
  let last: unknown;
  const poll = setInterval(() => void look().then((now) => (last = now)), 20);
  try {
    await until(() => JSON.stringify(last) === JSON.stringify(expected), 20_000);
  } finally {
    clearInterval(poll);
  }
};

describeWithConsul('a gateway over a real Consul', () => {
  let agent: Awaited<ReturnType<typeof startConsulAgent>>;
  let gateway: Gateway;
  let discovery: Discovery;
  let replicas: Replica[];
  const data: Awaited<ReturnType<typeof startDataReplica>>[] = [];
  const hanging = new Set<string>();

  const register = (slot: string, http: number, rpc: number) => {
    const entry = { service: 'api', slot, epoch: 1, version: '1.2.3', instanceName: slot, address: '127.0.0.1' };
    const registration = registrationOf(discovery, entry);
    registration.announce({ http, rpc, control: null, metrics: null });
    return registration;
  };
  const shown = async (): Promise<string[]> => {
    const { services } = topology.parse(JSON.parse((await ask(gateway.port, '/topology')).body));
    return services.flatMap(({ name, instances }) => instances.map((each) => `${name} ${each.name} ${each.health}`));
  };
  beforeAll(async () => {
    agent = await startConsulAgent();
    discovery = openDiscovery({ kind: 'consul', addresses: [agent.address] });
    gateway = await startWholeGateway({ CONSUL_HTTP_ADDR: agent.address, INSTANCE_NAME: 'gateway-1', SLOT: '1' });
    replicas = [await startReplica('api-1', echo), await startReplica('api-2', echo)];
    for (const name of ['api-1', 'api-2'])
      data.push(
        await startDataReplica(() =>
          hanging.has(name) ? new Promise(() => undefined) : { data: 42, data_pid: 7, data_instance: name },
        ),
      );
  });
  afterAll(async () => {
    await gateway?.close();
    discovery?.close();
    await Promise.all([...replicas, ...data].map((each) => each.close()));
    await agent?.stop();
  });

  it('answers 503 for the api until a replica is there', async () => {
    expect((await ask(gateway.port, '/api/x')).status).toBe(503);
    const whoami = await ask(gateway.port, '/whoami');
    expect(whoami.status).toBe(503);
    expect(whoami.headers['retry-after']).toBe('1');
    expect(JSON.parse(whoami.body)).toMatchObject({ code: 'no_instance' });
  });

  it('shows what runs, itself too, and follows changes', async () => {
    await settles(shown, ['frontend-gateway gateway-1 passing']);
    const one = register('api-1', replicas[0]?.port ?? 0, data[0]?.port ?? 0);
    register('api-2', replicas[1]?.port ?? 0, data[1]?.port ?? 0);
    const both = ['api api-1 passing', 'api api-2 passing', 'frontend-gateway gateway-1 passing'];
    await settles(shown, both);
    await one.maintenance(true);
    await settles(shown, ['api api-1 maintenance', ...both.slice(1)]);
    const servedBy = new Set<unknown>();
    for (let i = 0; i < 10; i += 1) servedBy.add((await ask(gateway.port, '/api/x')).headers['x-served-by']);
    expect([...servedBy]).toEqual(['api-2']);
    await one.maintenance(false);
    await settles(shown, both);
  });

  it('puts two processes on one page, the second chosen at random', async () => {
    const chosen = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const { body, status } = await ask(gateway.port, '/whoami');
      expect(status).toBe(200);
      const told = gatewayWhoami.parse(JSON.parse(body));
      expect(told).toMatchObject({ web_pid: process.pid, web_instance: 'gateway-1', data: { data: 42, data_pid: 7 } });
      chosen.add(told.data.data_instance);
    }
    expect([...chosen].toSorted()).toEqual(['api-1', 'api-2']);
  });

  it('asks another replica where one does not answer its message', async () => {
    hanging.add('api-1');
    const replies = await Promise.all(Array.from({ length: 6 }, () => ask(gateway.port, '/whoami')));
    hanging.clear();
    for (const { status, body } of replies) {
      expect(status).toBe(200);
      expect(gatewayWhoami.parse(JSON.parse(body)).data.data_instance).toBe('api-2');
    }
  });

  it('waits a second at most for data, then says 504', async () => {
    for (const name of ['api-1', 'api-2']) hanging.add(name);
    const reply = await ask(gateway.port, '/whoami');
    hanging.clear();
    expect(reply.status).toBe(504);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'upstream_timeout' });
  });

  it('keeps serving from the last good set while Consul is unreachable, and marks it as stale', async () => {
    await agent.stop();
    await settles(async () => {
      const { services } = topology.parse(JSON.parse((await ask(gateway.port, '/topology')).body));
      return services.find(({ name }) => name === 'api')?.stale;
    }, true);
    for (let i = 0; i < 20; i += 1) expect((await ask(gateway.port, '/api/x')).status).toBe(200);
    expect((await ask(gateway.port, '/whoami')).status).toBe(200);
  });
});

describe('the dashboard', () => {
  let folder: string;
  let gateway: Gateway;
  const environment = { DISCOVERY: 'fixed', DISCOVERY_FIXED: '' };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nf-dashboard-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script src="/assets/index-Bx1.js"></script>');
    writeFileSync(join(folder, 'assets', 'index-Bx1.js'), 'export {};');
    gateway = await startWholeGateway({ ...environment, DASHBOARD_DIR: folder });
  });
  afterAll(async () => {
    await gateway?.close();
    rmSync(folder, { recursive: true });
  });

  it('is the page at / with its policy, asked for anew each time', async () => {
    const { status, headers, body } = await ask(gateway.port, '/');
    expect({ status, body }).toEqual({ status: 200, body: expect.stringContaining('<!doctype html>') });
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    const again = await ask(gateway.port, '/', { headers: { 'if-none-match': String(headers['etag']) } });
    expect([again.status, again.body]).toEqual([304, '']);
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("style-src 'self' 'unsafe-inline'");
    expect(policy).toContain("img-src 'self' data:");
  });

  it('lets assets be kept, and answers 304 and HEAD', async () => {
    const { headers, body } = await ask(gateway.port, '/assets/index-Bx1.js');
    expect(body).toBe('export {};');
    expect(headers['cache-control']).toContain('immutable');
    const fresh = await ask(gateway.port, '/assets/index-Bx1.js', { headers: { 'if-none-match': headers.etag } });
    expect(fresh).toMatchObject({ status: 304, body: '' });
    const head = await ask(gateway.port, '/assets/index-Bx1.js', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10', etag: headers.etag } });
  });

  it.each(['/assets/nothing.js', '/some/page', '/assets/../compose.ts', '/assets/%2e%2e/index.html'])(
    'is not at %s: a 404 problem, for a browser too',
    async (path) => {
      const { status, body } = await ask(gateway.port, path, { headers: { accept: 'text/html' } });
      expect(status).toBe(404);
      expect(JSON.parse(body)).toMatchObject({ code: 'not_found', request_id: expect.any(String) });
    },
  );

  it('says how to build it while there is none', async () => {
    const without = await startWholeGateway({ ...environment, DASHBOARD_DIR: join(folder, 'nothing') });
    try {
      const { status, headers, body } = await ask(without.port, '/');
      expect(status).toBe(503);
      expect(headers['content-type']).toContain('text/html');
      expect(body).toContain('nx build frontend-gateway');
    } finally {
      await without.close();
    }
  });
});
