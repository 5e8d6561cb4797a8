import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { routedServices } from '@nestfleet/contracts';
import { openDiscovery, type Outcome, type Upstream } from '@nestfleet/discovery';
import { createApp, createLogger, createMetrics, identify, Lifecycle, loadConfig } from '@nestfleet/service';
import { Module } from '@nestjs/common';
import { gatewayConfig, longMax } from '../../src/gateway.config.ts';
import { ReverseProxy } from '../../src/reverse-proxy.ts';
import type { UpstreamSlots } from '../../src/proxy/upstream-slots.ts';
import { UpstreamMetrics } from '../../src/upstream-metrics.ts';

@Module({})
class Nothing {}

export interface Use {
  readonly address: string;
  readonly pickedMs: number;
  endedMs: number | undefined;
  outcome: Outcome | undefined;
}

export interface LogLine {
  readonly level: string;
  readonly event?: string;
  readonly message: string;
  readonly instance_id?: string;
  readonly err?: { readonly message: string };
}

export interface TestGateway {
  readonly port: number;
  /** Replicas that were picked, in order. */
  readonly picks: string[];
  /** What each picked use has shown; as long as `picks` when nothing is in flight any more. */
  readonly releases: Outcome[];
  /** The same uses with their times, in the order in which they were picked. */
  readonly uses: Use[];
  /** The replicas as the gateway sees them. */
  readonly members: Upstream['members'];
  readonly retryBudget: Upstream['retries'];
  readonly http: Server;
  /** Its clients' connections, also those that have ended, in order. */
  readonly connections: readonly Socket[];
  readonly lifecycle: Lifecycle;
  readonly slots: UpstreamSlots;
  /** Its log, of warnings and worse. */
  readonly lines: readonly LogLine[];
  close(): Promise<void>;
}

/** The proxy inside the app that every service has, over fixed addresses: no Consul, no dashboard. */
export async function startGateway(
  addresses: readonly string[],
  settings: Partial<
    Record<
      | 'UPSTREAM_BALANCER'
      | 'UPSTREAM_ATTEMPT_MS'
      | 'UPSTREAM_DEADLINE_MS'
      | 'UPSTREAM_SILENCE_MS'
      | 'UPSTREAM_CONNECTIONS_MAX'
      | 'UPSTREAM_STREAMS_MAX'
      | 'CLIENT_CONNECTIONS_MAX'
      | 'CLIENT_SEND_TIMEOUT_MS'
      | 'REQUEST_BODY_GRACE_PERIOD_MS'
      | 'TRUSTED_PROXIES'
      | 'DOMAIN',
      string
    >
  > = {},
): Promise<TestGateway> {
  const config = loadConfig(gatewayConfig, { PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn', ...settings });
  const identity = identify('frontend-gateway', '0.0.0', config, { hostname: 'test', pid: process.pid, nowMs: 1 });
  const lines: LogLine[] = [];
  const log = createLogger(identity, config.LOG_LEVEL, {
    write: (line) => void lines.push(JSON.parse(line) as LogLine),
  });
  const lifecycle = new Lifecycle();
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const discovery = openDiscovery(
    { kind: 'fixed', services: { api: [...addresses] } },
    { balancer: config.UPSTREAM_BALANCER },
  );
  const upstream = discovery.upstreams.of('api');
  await upstream.ready();
  const picks: string[] = [];
  const releases: Outcome[] = [];
  const uses: Use[] = [];
  const watched = counted(upstream, (use) => {
    if (use.endedMs === undefined) {
      picks.push(use.address);
      uses.push(use);
    } else {
      releases.push(use.outcome ?? 'unknown');
    }
  });
  const metrics = new UpstreamMetrics(context.metrics.registry, () => discovery.upstreams.all(), Date.now);
  const proxy = new ReverseProxy(
    routedServices.filter(({ name }) => name === 'api'),
    () => watched,
    { log, lifecycle, metrics },
    {
      deadlineMs: config.UPSTREAM_DEADLINE_MS,
      attemptMs: config.UPSTREAM_ATTEMPT_MS,
      silenceMs: config.UPSTREAM_SILENCE_MS,
      connectionsMax: config.UPSTREAM_CONNECTIONS_MAX,
      streamsMax: config.UPSTREAM_STREAMS_MAX,
      longMax: longMax(config),
      sendTimeoutMs: config.CLIENT_SEND_TIMEOUT_MS,
      domain: config.DOMAIN,
    },
  );
  const spec = {
    name: 'frontend-gateway',
    version: '0.0.0',
    title: 'gateway',
    description: 'gateway',
    config: gatewayConfig,
    compose: () => ({ module: Nothing }),
  };
  const app = await createApp(spec, context, {
    module: Nothing,
    configure: async (nest) => proxy.install(nest.getHttpAdapter().getInstance()),
  });
  await app.listen(0, '127.0.0.1');
  const http: Server = app.getHttpServer();
  const connections: Socket[] = [];
  http.on('connection', (socket) => connections.push(socket));
  return {
    port: (http.address() as AddressInfo).port,
    picks,
    releases,
    uses,
    members: () => upstream.members(),
    retryBudget: upstream.retries,
    http,
    connections,
    lifecycle,
    slots: proxy.slots,
    lines,
    close: async () => {
      http.closeAllConnections();
      lifecycle.cut();
      await app.close();
      await proxy.close();
      discovery.close();
    },
  };
}

/** Tells of each use when it is picked and when it ended. */
function counted(upstream: Upstream, tell: (use: Use) => void): Upstream {
  return {
    ...upstream,
    pick: (options) => {
      const pick = upstream.pick(options);
      if (!pick) return undefined;
      const address = `${pick.instance.address}:${pick.instance.port}`;
      const use: Use = { address, pickedMs: performance.now(), endedMs: undefined, outcome: undefined };
      tell(use);
      return {
        instance: pick.instance,
        isProbe: pick.isProbe,
        observe: (outcome, more) => {
          use.outcome ??= outcome;
          pick.observe(outcome, more);
        },
        release: (outcome = 'unknown') => {
          pick.release(outcome);
          if (use.endedMs !== undefined) return;
          use.endedMs = performance.now();
          use.outcome = outcome === 'broken' ? outcome : (use.outcome ?? outcome);
          tell(use);
        },
      };
    },
  };
}
