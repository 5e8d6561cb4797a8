import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { METRICS_PATH } from '@nestfleet/contracts';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { ConnectionLimit } from './connections/connection-limit.ts';
import { installConnectionRules, onClientError } from './http/connection-rules.ts';
import { endConnection } from './connections/guarded.ts';
import type { Identity } from './identity.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { Logger } from './logging.ts';

/**
 * Metrics is the Prometheus registry, and the one histogram of the hot path. HTTP metrics have OpenTelemetry's semantic
 * names.
 */
export interface Metrics {
  readonly registry: Registry;
  /** Seconds, route as the pattern that matched so that the label's values stay few. */
  observe(method: string, route: string, status: number, seconds: number): void;
}

/** Longest list of label sets that is kept; past it requests count under `other`. */
const SERIES_MAX = 500;

/** createMetrics names what it measures by OpenTelemetry's semantic conventions, with a prefix of ours. */
export function createMetrics(identity: Identity, lifecycle: Lifecycle): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: identity.service, instance_name: identity.name });
  collectDefaultMetrics({ register: registry, prefix: 'nestfleet_' });
  const duration = new Histogram({
    name: 'nestfleet_http_server_request_duration_seconds',
    help: 'Time from the request head to the end of the answer',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  const inFlight: Gauge = new Gauge({
    name: 'nestfleet_http_server_active_requests',
    help: 'Requests that this process is answering now',
    collect: () => inFlight.set(lifecycle.inFlight),
    registers: [],
  });
  registry.registerMetric(inFlight);
  // A labels() call per request sorts and joins strings; a kept child costs one map look-up.
  const children = new Map<string, { observe(seconds: number): void }>();
  const childFor = (method: string, route: string, status: number): { observe(seconds: number): void } => {
    const key = `${method} ${status} ${route}`;
    const known = children.get(key);
    if (known) return known;
    const child = duration.labels({
      http_request_method: method,
      http_route: children.size < SERIES_MAX ? route : 'other',
      http_response_status_code: status,
    });
    children.set(key, child);
    return child;
  };
  return { registry, observe: (method, route, status, seconds) => childFor(method, route, status).observe(seconds) };
}

/** Scrapers are a few; beyond this number the idle ones are closed. */
const METRICS_CONNECTIONS_MAX = 128;

/** serveMetrics serves Prometheus text on a port of its own, which no load balancer routes to. */
export async function serveMetrics(
  metrics: Metrics,
  log: Pick<Logger, 'error'>,
  host: string,
  port: number,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(metrics, request, response).catch((fault: Error) => endConnection(log, fault, request.socket));
  });
  const limit = new ConnectionLimit(server, METRICS_CONNECTIONS_MAX);
  server.on('request', ({ socket }, response) => {
    limit.keep(socket);
    response.on('close', () => limit.spoke(socket));
  });
  installConnectionRules(server, log);
  server.on('clientError', onClientError(log));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}

async function answer({ registry }: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' || request.url?.split('?')[0] !== METRICS_PATH) {
    response.writeHead(404).end();
    return;
  }
  const text = await registry.metrics().catch(() => undefined);
  if (text === undefined) response.writeHead(500).end();
  else response.writeHead(200, { 'content-type': registry.contentType }).end(text);
}
