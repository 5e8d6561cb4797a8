import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDiscovery, type Outcome, type Upstream } from '@nestfleet/discovery';
import { createApp, createLogger, createMetrics, identify, Lifecycle, loadConfig } from '@nestfleet/service-defaults';
import { Module } from '@nestjs/common';
import { gatewayConfig } from '../../src/gateway.config.ts';
import { ApiProxy } from '../../src/proxy/api-proxy.ts';

@Module({})
class Nothing {}

export interface TestGateway {
  readonly port: number;
  /** Replicas that were picked, in order. */
  readonly picks: string[];
  /** What each picked use has shown; as long as `picks` when nothing is in flight any more. */
  readonly releases: Outcome[];
  readonly http: Server;
  readonly lifecycle: Lifecycle;
  close(): Promise<void>;
}

/** The proxy inside the app that every service has, over fixed addresses: no Consul, no dashboard. */
export async function startGateway(
  addresses: readonly string[],
  settings: Partial<
    Record<'UPSTREAM_DEADLINE_MS' | 'UPSTREAM_CONNECTIONS_MAX' | 'TRUSTED_PROXIES' | 'DOMAIN', string>
  > = {},
): Promise<TestGateway> {
  const config = loadConfig(gatewayConfig, { PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'silent', ...settings });
  const identity = identify('frontend-gateway', '0.0.0', config, { hostname: 'test', pid: process.pid, nowMs: 1 });
  const log = createLogger(identity, config.LOG_LEVEL);
  const lifecycle = new Lifecycle();
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const discovery = openDiscovery({ kind: 'fixed', services: { api: [...addresses] } });
  const upstream = discovery.upstreams.of('api');
  await upstream.ready();
  const picks: string[] = [];
  const releases: Outcome[] = [];
  const proxy = new ApiProxy(() => counted(upstream, picks, releases), log, {
    deadlineMs: config.UPSTREAM_DEADLINE_MS,
    connectionsMax: config.UPSTREAM_CONNECTIONS_MAX,
    domain: config.DOMAIN,
  });
  const spec = {
    name: 'frontend-gateway',
    version: '0.0.0',
    title: 'gateway',
    description: 'gateway',
    config: gatewayConfig,
    leaving: { inFlightMs: 0, finishMs: 0 },
    compose: () => ({ module: Nothing }),
  };
  const app = await createApp(spec, context, {
    module: Nothing,
    configure: async (nest) => proxy.install(nest.getHttpAdapter().getInstance()),
  });
  await app.listen(0, '127.0.0.1');
  const http: Server = app.getHttpServer();
  return {
    port: (http.address() as AddressInfo).port,
    picks,
    releases,
    http,
    lifecycle,
    close: async () => {
      http.closeAllConnections();
      await app.close();
      await proxy.close();
      discovery.close();
    },
  };
}

function counted(upstream: Upstream, picks: string[], releases: Outcome[]): Upstream {
  return {
    ...upstream,
    pick: (options) => {
      const pick = upstream.pick(options);
      if (!pick) return undefined;
      picks.push(`${pick.instance.address}:${pick.instance.port}`);
      let observed: Outcome | undefined;
      return {
        instance: pick.instance,
        observe: (outcome) => {
          observed ??= outcome;
          pick.observe(outcome);
        },
        release: (outcome = 'unknown') => {
          releases.push(outcome === 'broken' ? outcome : (observed ?? outcome));
          pick.release(outcome);
        },
      };
    },
  };
}
