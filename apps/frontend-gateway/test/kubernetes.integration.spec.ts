import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CONTROL_PATTERNS,
  type ControlAction,
  controlChange,
  gatewayWhoami,
  type TopologyInstance,
  topology,
} from '@nestfleet/contracts';
import { openDiscovery } from '@nestfleet/discovery';
import { DiscoveredClient } from '@nestfleet/discovery/nest';
import { type ScriptedApiServer, type SliceDraft, startApiServer } from '@nestfleet/discovery/testing';
import {
  createLogger,
  createMetrics,
  identify,
  Lifecycle,
  loadConfig,
  shutdown,
  startService,
} from '@nestfleet/service';
import { until } from '@nestfleet/timing';
import { compose } from '../src/compose.ts';
import { gatewayConfig } from '../src/gateway.config.ts';
import { ask } from './fleet/ask.ts';
import { startDataReplica } from './fleet/data-replica.ts';
import { echo, type Replica, startReplica } from './fleet/replica.ts';

const TOKEN = 'a-token-that-only-this-test-knows';
const POD = 'frontend-gateway-7f9c-52498';
const WAIT_MS = 20_000;
const READY = { ready: true, serving: true, terminating: false };
const UNREADY = { ready: false, serving: false, terminating: false };
const TERMINATING = { ready: false, serving: true, terminating: true };

type Ports = Readonly<Record<string, number | null>>;

/** A slice for each, because each test replica has ports of its own. */
const sliceOf = (pod: string, ports: Ports, conditions = READY): SliceDraft => ({
  name: `slice-${pod}`,
  addressType: 'IPv4',
  endpoints: [{ addresses: ['127.0.0.1'], conditions, targetRef: { kind: 'Pod', name: pod } }],
  ports: Object.entries(ports).flatMap(([name, port]) => (port === null ? [] : [{ name, port, protocol: 'TCP' }])),
});

const drainDelay = () => ({ over: true, why: 'time' }) as const;
const sleep = (): Promise<void> => Promise.resolve();

/** A gateway as its main file boots it in a pod, all its ports included. */
async function bootGateway(environment: Record<string, string>) {
  const config = loadConfig(gatewayConfig, {
    DISCOVERY: 'kubernetes',
    INSTANCE_NAME: POD,
    LOG_LEVEL: 'silent',
    PORT: '0',
    METRICS_PORT: '0',
    CONTROL_PORT: '0',
    CONTROL_TOKEN: TOKEN,
    ...environment,
  });
  const identity = identify('frontend-gateway', '1.2.3', config, { hostname: POD, pid: process.pid, nowMs: 1_700 });
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, 'silent');
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const titles = { name: 'frontend-gateway', version: '1.2.3', title: 'gateway', description: 'x' };
  const bound = Promise.withResolvers<Ports>();
  const running = await startService(
    {
      ...titles,
      config: gatewayConfig,
      compose: (given: typeof context) => {
        const { registration, ...composition } = compose(given);
        return {
          ...composition,
          registration: {
            announce: (ports) => {
              registration?.announce(ports);
              bound.resolve({ ...ports });
            },
            maintenance: async (on) => registration?.maintenance(on),
            withdraw: async () => registration?.withdraw(),
          },
        };
      },
    },
    context,
  );
  const timeouts = { drainDelayMs: 0, inFlightMs: 500, finishMs: 0, hardMs: 5_000 };
  return {
    ports: await bound.promise,
    stop: () => shutdown({ ...running, lifecycle, timeouts, log, drainDelay, sleep, nowMs: () => performance.now() }),
  };
}

describe('a gateway in a pod', () => {
  let server: ScriptedApiServer;
  let gateway: Awaited<ReturnType<typeof bootGateway>>;
  let data: Awaited<ReturnType<typeof startDataReplica>>;
  let replicas: Replica[];
  let port = 0;

  const list = (...conditions: (typeof READY)[]): void =>
    server.put(
      'api',
      replicas.map(({ name, port: http }, n) => sliceOf(name, { http, rpc: data.port }, conditions[n])),
    );
  const shown = async (name: string): Promise<TopologyInstance | undefined> => {
    const { services } = topology.parse(JSON.parse((await ask(port, '/topology')).body));
    return services.flatMap(({ instances }) => instances).find((each) => each.name === name);
  };
  const control = async (action: ControlAction): Promise<unknown> => {
    const discovery = openDiscovery({ kind: 'kubernetes', server: server.url, namespace: 'shop' });
    const client = new DiscoveredClient(discovery, 'frontend-gateway', { port: 'control_port' });
    try {
      await discovery.upstreams.of('frontend-gateway').ready();
      const message = { token: TOKEN, instance_id: POD };
      return await client.send(CONTROL_PATTERNS[action], message, { deadlineMs: 5_000, to: POD });
    } finally {
      client.onApplicationShutdown();
      discovery.close();
    }
  };
  const readiness = async (): Promise<number> => (await ask(port, '/readyz')).status;
  const isStale = async (): Promise<boolean | undefined> => {
    const { services } = topology.parse(JSON.parse((await ask(port, '/topology')).body));
    return services.find(({ name }) => name === 'api')?.stale;
  };
  const servedBy = async (): Promise<string[]> => {
    const names = new Set<unknown>();
    for (let n = 0; n < 20; n += 1) names.add((await ask(port, '/api/x')).headers['x-served-by']);
    return [...names].map(String).toSorted();
  };

  beforeAll(async () => {
    server = await startApiServer();
    replicas = [await startReplica('api-7f9c-aaaaa', echo), await startReplica('api-7f9c-bbbbb', echo)];
    data = await startDataReplica(() => ({ data: 42, data_pid: 7, data_instance: 'api' }));
    list(READY, READY);
    gateway = await bootGateway({ KUBERNETES_API_SERVER: server.url, KUBERNETES_NAMESPACE: 'shop' });
    port = gateway.ports['http'] ?? 0;
    server.put('frontend-gateway', [sliceOf(POD, gateway.ports)]);
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([...replicas, data].map((each) => each.close()));
    await server?.close();
  });

  it('speaks of the catalog that it uses', async () => {
    const detailsNow = async (): Promise<{ readonly kubernetes: { readonly status: string } }> =>
      (JSON.parse((await ask(port, '/healthz')).body) as { details: { kubernetes: { status: string } } }).details;
    expect(await detailsNow()).toEqual({ kubernetes: { status: 'up', message: expect.stringMatching(/ ms$/) } });
    const { body } = await ask(port, '/', { headers: { host: 'consul.localhost' } });
    expect(body).not.toContain("Consul's page");
    server.answer = () => 403;
    // It is asked once a second at most.
    const isDegraded = await until(async () => (await detailsNow()).kubernetes.status === 'degraded', WAIT_MS);
    server.answer = () => undefined;
    expect(isDegraded).toBe(true);
  });

  it('reaches the ports that the slices name: HTTP, messages, and the control plane by the name of the pod', async () => {
    expect(await servedBy()).toEqual(['api-7f9c-aaaaa', 'api-7f9c-bbbbb']);
    const { status, body } = await ask(port, '/whoami');
    expect(status).toBe(200);
    expect(gatewayWhoami.parse(JSON.parse(body))).toMatchObject({ web_instance: POD, data: { data: 42 } });
    await until(async () => (await shown(POD))?.control, WAIT_MS);
    // What no slice says.
    expect(await shown(POD)).toMatchObject({ id: POD, version: '1.2.3', epoch: 1_700, control: { phase: 'serving' } });
  });

  it.each([
    ['unready', UNREADY, 'critical'],
    ['terminating', TERMINATING, 'maintenance'],
  ])('sends nothing to a pod that is %s, until it is ready again', async (_, conditions, health) => {
    list(READY, conditions);
    await until(async () => (await shown('api-7f9c-bbbbb'))?.health === health, WAIT_MS);
    expect(await servedBy()).toEqual(['api-7f9c-aaaaa']);
    list(READY, READY);
    await until(async () => (await servedBy()).length === 2, WAIT_MS);
  });

  it('is drained by the name of its pod, so that the kubelet finds it unready, and taken back', async () => {
    expect(controlChange.parse(await control('drain'))).toMatchObject({ instance_id: POD, phase: 'drained' });
    expect(await readiness()).toBe(404);
    server.put('frontend-gateway', [sliceOf(POD, gateway.ports, UNREADY)]);
    await until(async () => (await shown(POD))?.health === 'critical', WAIT_MS);
    // Which is no reason not to reach it.
    expect(controlChange.parse(await control('undrain'))).toMatchObject({ instance_id: POD, phase: 'serving' });
    expect(await readiness()).toBe(200);
  });

  it('goes on without the API server, and says that its view ages', async () => {
    await server.cut();
    await until(isStale, WAIT_MS);
    expect(await servedBy()).toEqual(['api-7f9c-aaaaa', 'api-7f9c-bbbbb']);
    await server.mend();
    await until(async () => (await isStale()) === false, WAIT_MS);
  });
});
