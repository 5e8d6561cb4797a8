import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CONTROL_PATTERNS, type TopologyInstance, topology } from '@nestfleet/contracts';
import { type Discovery, openDiscovery, registrationOf } from '@nestfleet/discovery';
import { DiscoveredClient } from '@nestfleet/discovery/nest';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { until } from '@nestfleet/timing';
import {
  createLogger,
  createMetrics,
  identify,
  Lifecycle,
  loadConfig,
  shutdown,
  startService,
} from '@nestfleet/service';
import { compose } from '../src/compose.ts';
import { gatewayConfig } from '../src/gateway.config.ts';
import { ask } from './fleet/ask.ts';
import { describeWithConsul } from './fleet/consul-tier.ts';
import { echo, type Replica, startReplica } from './fleet/replica.ts';

const token = 'a-token-that-only-this-test-knows';

const sleep = (): Promise<void> => Promise.resolve();

const noDelay = () => ({ over: true, why: 'time' }) as const;

/** The gateway as its main file boots it, all its ports included. */
async function bootGateway(consulAddress: string) {
  const config = loadConfig(gatewayConfig, {
    CONSUL_HTTP_ADDR: consulAddress,
    INSTANCE_NAME: 'gateway-1',
    SLOT: '1',
    LOG_LEVEL: 'silent',
    PORT: '0',
    METRICS_PORT: '0',
    CONTROL_PORT: '0',
    CONTROL_TOKEN: token,
  });
  const machine = { hostname: 'test', pid: process.pid, nowMs: Date.now() };
  const identity = identify('frontend-gateway', '1.0.0', config, machine);
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, 'silent');
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const titles = { name: 'frontend-gateway', version: '1.0.0', title: 'gateway', description: 'x' };
  const running = await startService({ ...titles, config: gatewayConfig, compose }, context);
  const timeouts = { drainDelayMs: 0, inFlightMs: 500, finishMs: 0, hardMs: 5_000 };
  return {
    id: identity.instanceId,
    stop: () =>
      shutdown({ ...running, lifecycle, timeouts, log, drainDelay: noDelay, sleep, nowMs: () => performance.now() }),
  };
}

/** One sample of the upstream `api`; NaN where there is none. */
async function metricOfApi(port: number, ...metricAndLabels: readonly string[]): Promise<number> {
  const { body } = await ask(port, '/metrics');
  const [metric = '', ...labels] = metricAndLabels;
  const all = [`${metric}{`, 'upstream="api"', ...labels];
  const line = body.split('\n').find((each) => all.every((one) => each.includes(one)));
  return Number(line?.split(' ').at(-1));
}

describeWithConsul('topology with what instances say of themselves', () => {
  let agent: Awaited<ReturnType<typeof startConsulAgent>>;
  let gateway: Awaited<ReturnType<typeof bootGateway>>;
  let discovery: Discovery;
  let replica: Replica;
  let hangs: Server;
  const sockets = new Set<Socket>();
  let port = 0;

  const shown = async (): Promise<Map<string, TopologyInstance>> => {
    const { services } = topology.parse(JSON.parse((await ask(port, '/topology')).body));
    return new Map(services.flatMap(({ instances }) => instances.map((each) => [each.name, each] as const)));
  };
  const control = async (name: string) => (await shown()).get(name)?.control;
  const listed = () =>
    discovery.upstreams
      .of('frontend-gateway')
      .instances()
      .instances.find(({ id }) => id === gateway.id);

  const metric = (...metricAndLabels: readonly string[]) =>
    metricOfApi(Number(listed()?.meta['metrics_port']), ...metricAndLabels);

  beforeAll(async () => {
    agent = await startConsulAgent();
    discovery = openDiscovery({ kind: 'consul', addresses: [agent.address] });
    // A replica whose control port takes messages and never answers.
    replica = await startReplica('api-1', echo);
    hangs = createServer((socket) => sockets.add(socket.on('error', () => undefined).resume())).listen(0, '127.0.0.1');
    await once(hangs, 'listening');
    const who = { service: 'api', slot: '1', epoch: 1, version: '1', instanceName: 'api-1', address: '127.0.0.1' };
    const ports = { http: replica.port, rpc: null, control: (hangs.address() as AddressInfo).port, metrics: null };
    registrationOf(discovery, who).announce(ports);
    gateway = await bootGateway(agent.address);
    await until(() => listed()?.health === 'passing', 20_000);
    port = listed()?.port ?? 0;
  });
  afterAll(async () => {
    await gateway?.stop();
    discovery?.close();
    await replica?.close();
    for (const socket of sockets) socket.destroy();
    hangs?.close();
    await agent?.stop();
  });

  it('shows load, lag, memory and the ages of its views beside the catalog, and null for one that hangs', async () => {
    await until(() => control('gateway-1'), 20_000);
    const all = await shown();
    expect(all.get('gateway-1')).toMatchObject({
      health: 'passing',
      control: {
        phase: 'serving',
        load: { requests_per_second: expect.any(Number), in_flight: expect.any(Number) },
        event_loop_lag: { p50_ms: expect.any(Number), p99_ms: expect.any(Number) },
        memory: { rss_bytes: expect.any(Number), heap_used_bytes: expect.any(Number) },
        as_of_ms: expect.any(Number),
      },
    });
    const seen = all.get('gateway-1')?.control?.upstreams.find(({ service }) => service === 'api');
    expect(seen).toMatchObject({ stale: false, instances: { passing: 1, critical: 0, maintenance: 0 }, ejected: [] });
    expect(seen?.age_ms).toBeLessThan(60_000);
    expect(all.get('api-1')).toMatchObject({ health: 'passing', control: null });
  });

  it('never waits for an instance', async () => {
    await until(async () => {
      await shown();
      // It is asked while somebody looks. An answer that waited would be there only when the gateway has given up on it.
      return [...sockets].some(({ destroyed, readableEnded }) => !destroyed && !readableEnded);
    }, 20_000);
    expect((await shown()).get('api-1')).toMatchObject({ control: null });
  });

  it('names who has ejected a replica, why and until when, and counts it in /metrics', async () => {
    const startMs = Date.now();
    // Healthy for the catalog, and for nobody else.
    const failing = await startReplica('api-2', (request, response) => {
      if (request.url === '/readyz') response.writeHead(200).end();
      else if (request.url?.startsWith('/values/')) request.socket.destroy();
      else response.writeHead(503).end();
    });
    const who = { service: 'api', slot: '2', epoch: 1, version: '1', instanceName: 'api-2', address: '127.0.0.1' };
    const registration = registrationOf(discovery, who);
    registration.announce({ http: failing.port, rpc: null, control: null, metrics: null });
    // What is reset may be sent again, what is answered with 503 may not.
    await until(async () => {
      await ask(port, '/api/values/a');
      return (await metric('nestfleet_upstream_retries_total')) > 0;
    }, 20_000);
    await until(async () => {
      await ask(port, '/api/whoami');
      return (await shown()).get('api-2')?.ejected_by[0]?.why === 'error';
    }, 30_000);

    const all = await shown();
    const [ejection, ...others] = all.get('api-2')?.ejected_by ?? [];
    expect(ejection).toEqual({
      id: gateway.id,
      name: 'gateway-1',
      why: 'error',
      failures: expect.any(Number),
      until_ms: expect.any(Number),
    });
    expect(others).toEqual([]);
    expect(ejection?.until_ms).toBeGreaterThan(startMs);
    expect([all.get('api-2')?.health, all.get('api-1')?.ejected_by]).toEqual(['passing', []]);
    const counted = {
      ok: await metric('nestfleet_upstream_attempts_total', 'outcome="ok"'),
      error: await metric('nestfleet_upstream_attempts_total', 'outcome="error"'),
      refused: await metric('nestfleet_upstream_attempts_total', 'outcome="refused"'),
      spent: await metric('nestfleet_upstream_retry_budget_total', 'decision="spent"'),
      ejections: await metric('nestfleet_upstream_ejections_total', 'reason="error"'),
      ejected: await metric('nestfleet_upstream_ejected_instances'),
    };
    for (const [what, count] of Object.entries(counted)) expect([what, count > 0]).toEqual([what, true]);
    expect(await metric('nestfleet_upstream_catalog_age_seconds')).toBeGreaterThanOrEqual(0);
    await registration.withdraw();
    await failing.close();
  }, 90_000);

  it('shows a replica that was taken out of service as such', async () => {
    const client = new DiscoveredClient(discovery, 'frontend-gateway', { port: 'control_port' });
    const order = (pattern: string): Promise<unknown> =>
      client.send(pattern, { token, instance_id: gateway.id }, { deadlineMs: 5_000, to: gateway.id });
    expect(await order(CONTROL_PATTERNS.drain)).toMatchObject({ phase: 'drained', catalog: 'told' });
    await until(async () => {
      const own = (await shown()).get('gateway-1');
      return own?.health === 'maintenance' && own.control?.phase === 'drained';
    }, 10_000);
    expect((await ask(port, '/readyz')).status).toBe(404);
    expect(await order(CONTROL_PATTERNS.undrain)).toMatchObject({ phase: 'serving', catalog: 'told' });
    await until(async () => (await shown()).get('gateway-1')?.health === 'passing', 20_000);
    expect((await ask(port, '/readyz')).status).toBe(200);
    client.onApplicationShutdown();
  });
});
