import type { Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import type { ReadyReport } from '@nestfleet/contracts';
import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { BaseConfig } from '../config/base-config.ts';
import type { ConfigShape } from '../config/environment.ts';
import { registerDependencyGauge } from '../health/dependency-gauge.ts';
import { startControlPlane } from '../control/control-plane.ts';
import type { RunningControl } from '../control/control-server.ts';
import { ConnectionLimit } from '../connections/connection-limit.ts';
import { ClientConnections } from '../connections/client-connections.ts';
import { listenBacklog } from '../connections/listen-backlog.ts';
import { surviveAcceptFaults } from '../http/connection-rules.ts';
import { createDocument, serveDocument } from '../http/openapi.ts';
import { refuseUndocumentedInput } from '../http/undocumented-input.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { serveMetrics } from '../metrics.ts';
import type { Composition, ServiceSpec } from '../composition.ts';
import type { Ports, Step } from '../hooks.ts';
import type { ServiceContext } from '../service-context.ts';
import type { RunningService } from '../shutdown/graceful-shutdown.ts';
import { createApp } from './create-app.ts';

/** StartedService is a service that listens and is getting ready. */
export interface StartedService extends RunningService {
  /**
   * Resolves once the service is ready, or shuts down before. Rejects with what no time heals: what time heals is waited for
   * by `Composition.firstReady`.
   */
  readonly firstReady: Promise<void>;
}

const portOf = (server: NetServer | Server): number => (server.address() as AddressInfo).port;

/**
 * startService listens first, so that `/livez` and `/healthz` say what is missing; gets ready when the first Redis
 * connection is there; enters the catalog only then.
 */
export async function startService<S extends ConfigShape, C extends BaseConfig>(
  spec: ServiceSpec<S, C>,
  context: ServiceContext<C>,
): Promise<StartedService> {
  const { config, identity, lifecycle, log, metrics } = context;
  const composition = spec.compose(context);
  registerDependencyGauge(metrics.registry, composition.probes ?? []);
  const app = await createApp(spec, context, composition);
  const document = createDocument(app, spec);
  serveDocument(app, document, composition.documents);
  refuseUndocumentedInput(app.getHttpAdapter().getInstance(), document);
  const innerHost = config.INNER_HOST ?? identity.host;
  const rpc = await startRpc(app, innerHost, composition.rpcPort);
  const metricsServer = await serveMetrics(metrics, log, innerHost, config.METRICS_PORT);
  const control = await startControlPlane(context, composition, innerHost);
  const connections = new ClientConnections(app.getHttpServer(), config.CLIENT_CONNECTIONS_MAX);
  lifecycle.holdUntilReady();
  const backlog = listenBacklog(config.CLIENT_CONNECTIONS_MAX);
  await app.listen({ port: config.PORT, host: identity.host, backlog });
  await composition.onListen?.(app);
  const server: Server = app.getHttpServer();
  const ports: Ports = { http: portOf(server), rpc, control: control.port, metrics: portOf(metricsServer) };
  for (const each of [server, metricsServer]) surviveAcceptFaults(each, log);
  log.info({ event: 'listening', ports, address: identity.address }, 'listening');

  const ready = async (): Promise<void> => {
    try {
      await composition.firstReady?.();
    } catch (error) {
      // What waited was closed.
      if (lifecycle.isShuttingDown) return;
      throw error;
    }
    if (lifecycle.phase !== 'starting') return;
    lifecycle.ready();
    composition.registration?.announce(ports);
    reportReady({ event: 'service.ready', service: identity.service, instance_id: identity.instanceId, ports });
  };
  return { ...runningOf({ app, connections, metricsServer, control }, composition, lifecycle), firstReady: ready() };
}

/** Callers hold one connection each; beyond this number those that have been silent for longest are closed. */
const RPC_CONNECTIONS_MAX = 1_024;

async function startRpc(app: NestFastifyApplication, host: string, port: number | undefined): Promise<number | null> {
  if (port === undefined) return null;
  const rpc = app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options: { host, port } });
  const server = rpc.unwrap<NetServer>();
  const limit = new ConnectionLimit(server, RPC_CONNECTIONS_MAX);
  server.on('connection', (socket) => socket.on('data', () => limit.spoke(socket)));
  // Nest writes down that it cannot listen, and waits for ever, unless the port is in use.
  const refused = Promise.withResolvers<never>();
  server.once('error', refused.reject);
  await Promise.race([app.startAllMicroservices(), refused.promise]);
  server.off('error', refused.reject);
  return portOf(server);
}

/** Not through the log: a log level must not hide it from the engine that waits for it. */
function reportReady(report: ReadyReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

interface Opened {
  readonly app: NestFastifyApplication;
  readonly connections: ClientConnections;
  readonly metricsServer: Server;
  readonly control: RunningControl;
}

function runningOf(
  { app, connections, metricsServer, control }: Opened,
  composition: Composition,
  lifecycle: Lifecycle,
): RunningService {
  const nest: Step = { name: 'nest', run: () => app.close() };
  const metrics: Step = {
    name: 'metrics',
    run: async () => {
      metricsServer.close();
      metricsServer.closeAllConnections();
    },
  };
  const closing = composition.onClose ?? [];
  // Nearly to the end, so that a replica that hangs in its shutdown can still be asked.
  const controlPlane: Step = { name: 'control plane', run: async () => control.close() };
  return {
    maintenance: async () => composition.registration?.maintenance(true),
    onDrain: composition.onDrain ?? [],
    stopListening: () => connections.stopAccepting(),
    connections,
    beforeClose: composition.beforeClose ?? [],
    cutConnections: () => {
      connections.cut();
      lifecycle.cut();
    },
    cutNow: () => ({ cut: lifecycle.inFlightNames, work: composition.workInFlight?.() ?? 0 }),
    withdraw: async () => composition.registration?.withdraw(),
    onClose: [nest, metrics, ...closing.slice(0, -1), controlPlane, ...closing.slice(-1)],
  };
}
