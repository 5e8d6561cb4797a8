import type { Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { routedServices, services } from '@nestfleet/contracts';
import {
  discoveryOptions,
  openDiscovery,
  registrationOf,
  registrationSettings,
  upstreamViews,
} from '@nestfleet/discovery';
import {
  allowOriginsOnProblems,
  type Composition,
  listenBacklog,
  pingProbe,
  type ServiceContext,
} from '@nestfleet/service';
import { installDashboard } from './dashboard/dashboard-routes.ts';
import { readDashboard } from './dashboard/dashboard-files.ts';
import { PeerAssets } from './dashboard/peer-assets.ts';
import { type GatewayConfig, longMax } from './gateway.config.ts';
import { GatewayModule } from './gateway.module.ts';
import { gatewayProblem } from './problems.ts';
import { ReverseProxy } from './reverse-proxy.ts';
import { openPublicSocket, type PublicSocket } from './public-socket.ts';
import { installUnservedHosts } from './unserved-hosts.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';

/**
 * Longest wait for the catalog's first answer before the gateway is ready, milliseconds. After it requests for a service get
 * a clear 503; waiting on would leave them, and the dashboard that shows what is wrong, without any answer.
 */
const FIRST_VIEW_MS = 5_000;

/** compose wires one gateway. */
export function compose({ config, identity, lifecycle, log, metrics }: ServiceContext<GatewayConfig>): Composition {
  const upstreamMetrics = new UpstreamMetrics(
    metrics.registry,
    () => [...discovery.upstreams.all(), ...randomDiscovery.upstreams.all()],
    Date.now,
  );
  const discovery = openDiscovery(discoveryOptions(config), {
    log,
    balancer: config.UPSTREAM_BALANCER,
    observer: upstreamMetrics.observer,
    slowStart: { windowMs: config.UPSTREAM_SLOW_START_MS },
    zone: config.ZONE,
  });
  const randomDiscovery = discovery.balancedBy('random');
  const routed = routedServices.filter(({ name }) => name !== identity.service);
  const proxy = new ReverseProxy(
    routed,
    (name) => discovery.upstreams.of(name),
    { log, lifecycle, metrics: upstreamMetrics },
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
  const { service, slot, epoch, version, name, address } = identity;
  const more = registrationSettings(config, services['frontend-gateway']);
  let http: HttpServer | undefined;
  let publicSocket: PublicSocket | undefined;

  return {
    module: GatewayModule.register({
      identity,
      discovery,
      randomDiscovery,
      controlToken: config.CONTROL_TOKEN,
      slots: proxy.slots,
    }),
    configure: async (app) => {
      const fastify = app.getHttpAdapter().getInstance();
      const { DISCOVERY: catalog, CONSUL_HTTP_ADDR, DOMAIN: domain } = config;
      const consulAddress = catalog === 'consul' ? CONSUL_HTTP_ADDR[0] : undefined;
      allowOriginsOnProblems(fastify, config.CORS_ORIGINS);
      installUnservedHosts(fastify, { domain, catalog, consulAddress });
      proxy.install(fastify);
      const gateways = () => discovery.upstreams.of(identity.service).instances().instances;
      const files = readDashboard(config.DASHBOARD_DIR ?? join(import.meta.dirname, 'dashboard'));
      installDashboard(fastify, files, new PeerAssets(gateways, identity));
    },
    onListen: async (app) => {
      http = app.getHttpServer();
    },
    firstReady: async () => {
      const views = routed.map((each) => discovery.upstreams.of(each.name).ready());
      await Promise.race([Promise.all(views), sleep(FIRST_VIEW_MS, undefined, { ref: false })]);
      // Only now: a gateway that knows no replica yet would take connections from those that do.
      if (http && config.PUBLIC_FD !== undefined && !lifecycle.isShuttingDown)
        publicSocket = await openPublicSocket(config.PUBLIC_FD, http, listenBacklog(config.CLIENT_CONNECTIONS_MAX));
    },
    probes: [pingProbe(config.DISCOVERY, () => discovery.ping())],
    registration: registrationOf(discovery, { service, slot, epoch, version, instanceName: name, address, ...more }),
    upstreams: () => upstreamViews(discovery.upstreams, Date.now()),
    problems: gatewayProblem,
    documents: routed.map(({ shortName, ingress: { prefix } }) => ({
      name: `Nestfleet ${shortName}`,
      url: `${prefix}/openapi.json`,
    })),
    // At once, and not after the drain delay: no load balancer stands before it that would have to learn of it, the gateways that
    // share it go on accepting, and a connection taken in the last moment could not be told from an idle one. It cannot be
    // opened again, so a drain, which can be taken back, leaves it alone.
    onDrain: [{ name: 'public socket', run: async () => publicSocket?.close() }],
    onClose: [
      { name: 'proxy', run: () => proxy.close() },
      { name: 'discovery', run: async () => discovery.close() },
    ],
  };
}
