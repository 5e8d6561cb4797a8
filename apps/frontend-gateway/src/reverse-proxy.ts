import { METHODS } from 'node:http';
import { DEADLINE_HEADER, FORWARDED_PREFIX_HEADER, type RoutedService, type ServiceName } from '@nestfleet/contracts';
import type { Upstream } from '@nestfleet/discovery';
import { clientHost, clientProtocol, deadlineOf, SendTimeouts, type Lifecycle, type Logger } from '@nestfleet/service';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { Agent } from 'undici';
import { attemptLog } from './proxy/attempt-log.ts';
import { lenientConnector } from './proxy/connector.ts';
import { Exchange, type ExchangeTools } from './proxy/exchange.ts';
import { cleanPrefix, type ForwardFacts, requestHeaders } from './proxy/forward-headers.ts';
import { type RouteTarget, RouteTable } from './proxy/route-table.ts';
import { ClientBuffers } from './proxy/request-buffer.ts';
import { UpstreamSlots } from './proxy/upstream-slots.ts';
import { Upgrade, type UpgradeTools } from './proxy/web-socket/upgrade.ts';
import { WebSockets } from './proxy/web-socket/web-sockets.ts';
import type { ProxyMetrics } from './upstream-metrics.ts';

export interface ReverseProxySettings {
  /** Longest wait for the head of an answer, milliseconds. A caller's `x-deadline-ms` may only shorten it. */
  readonly deadlineMs: number;
  /** Wait for one replica's answer after which an idempotent request is retried on another, milliseconds. */
  readonly attemptMs: number;
  /** Longest silence within an answer that is no stream of events, milliseconds; then it is cut. */
  readonly silenceMs: number;
  /** Connections to one replica that short requests have for themselves; more wait their turn under the same deadline. */
  readonly connectionsMax: number;
  /** Event streams, large transfers and other long exchanges with one replica; more are refused. */
  readonly streamsMax: number;
  /** Streams and upgraded connections with all replicas together; more are refused. */
  readonly longMax: number;
  /** Longest time in which a client takes nothing of its answer, milliseconds; then its connection is cut. */
  readonly sendTimeoutMs: number;
  /** In lower case: `api.<domain>` is a service's own host name. */
  readonly domain: string;
}

export interface ReverseProxyContext {
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: ProxyMetrics;
}

/** A request is sent to three replicas at most; one that takes no connection does not count. */
const RETRIES_MAX = 2;
const CONNECT_TIMEOUT_MS = 300;
/** A replica closes idle connections after 95 s; ours go first, so that no request is sent into a closing one. */
const KEEP_ALIVE_MS = 60_000;
const KEEP_ALIVE_MAX_MS = 85_000;

/** ProxiedService is a service with the tools of its exchanges. */
interface ProxiedService extends RoutedService {
  readonly tools: UpgradeTools;
}
type Target = RouteTarget<ProxiedService>;

/**
 * ReverseProxy streams every request for a service of its table to a discovered replica. All of it runs in `onRequest` hooks,
 * before Fastify looks at the body: any media type passes, nothing is parsed.
 */
export class ReverseProxy {
  private readonly agent: Agent;
  /** What is taken of the connections to each replica. */
  readonly slots: UpstreamSlots;
  private readonly routes: RouteTable<ProxiedService>;
  private readonly webSockets = new WebSockets();
  private readonly deadlineMs: number;
  private readonly silenceMs: number;
  private readonly sendTimeouts: SendTimeouts;
  private readonly onCut: ExchangeTools['onCut'];

  constructor(
    services: readonly RoutedService[],
    upstreamOf: (service: ServiceName) => Upstream,
    { log, lifecycle, metrics }: ReverseProxyContext,
    settings: ReverseProxySettings,
  ) {
    const logFailed = attemptLog(log, () => performance.now());
    this.deadlineMs = settings.deadlineMs;
    this.silenceMs = settings.silenceMs;
    this.sendTimeouts = new SendTimeouts(settings.sendTimeoutMs);
    this.slots = new UpstreamSlots(settings.connectionsMax, settings.streamsMax, settings.longMax);
    metrics.watchSlots(this.slots);
    const buffers = new ClientBuffers();
    metrics.watchBuffers(buffers);
    this.agent = new Agent({
      // Streams are bounded, and leave the rest to short requests.
      connections: settings.connectionsMax + settings.streamsMax,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      connect: lenientConnector(CONNECT_TIMEOUT_MS),
    });
    this.onCut = (fault) =>
      log.error({ event: 'proxy.exchange_cut', err: fault }, 'an answer was cut by a fault of the gateway');
    const shared: Omit<UpgradeTools, 'upstream' | 'routes' | 'onFailedAttempt' | 'onOverflow'> = {
      agent: this.agent,
      retriesMax: RETRIES_MAX,
      attemptMs: Math.min(settings.attemptMs, settings.deadlineMs),
      random: Math.random,
      streamsEnd: lifecycle.streamsEnd,
      onAttempt: (pick) => metrics.attempt(pick),
      onCut: this.onCut,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      slots: this.slots,
      buffers,
    };
    const proxied = services.map((service): ProxiedService => {
      const tools: UpgradeTools = {
        ...shared,
        upstream: () => upstreamOf(service.name),
        routes: service.routes,
        onOverflow: (kind) => metrics.overflow(service.name, kind),
        onFailedAttempt: (attempt) => {
          if (attempt.stop === undefined) metrics.retry(service.name);
          logFailed(attempt);
        },
      };
      return { ...service, tools };
    });
    this.routes = new RouteTable(proxied, settings.domain);
  }

  /** Routes of the services on every host name, and all paths on their own ones. */
  install(fastify: FastifyInstance): void {
    this.sendTimeouts.watchServer(fastify.server);
    this.webSockets.install(
      fastify,
      this.onCut,
      ({ url = '/', headers }) =>
        (this.routes.hostTarget(headers.host, url) ?? this.routes.pathTarget(url)) !== undefined,
    );
    fastify.addHook('onRequest', (request, reply, done) => {
      const target = this.routes.hostTarget(request.raw.headers.host, request.raw.url ?? '/');
      if (target) this.forward(request, reply, target);
      else done();
    });
    const onRequest: onRequestHookHandler = (request, reply, done) => {
      const target = this.routes.pathTarget(request.raw.url ?? '/');
      if (target) this.forward(request, reply, target);
      // Spelled otherwise (`/%61pi`): what the router decoded is not the service's path, so nothing is here.
      else done();
    };
    // What a path is served with only the service knows: its 405 has the true `Allow`. CONNECT is none, see `refuseConnect`.
    const methods = METHODS.filter((method) => method !== 'CONNECT');
    for (const method of methods) if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    for (const url of this.routes.urls)
      fastify.route({
        method: methods,
        url,
        exposeHeadRoute: false,
        onRequest,
        handler: (_request, reply) => reply.callNotFound(),
      });
  }

  /** Waits for answers on their way, then closes the connections to the replicas. */
  async close(): Promise<void> {
    await this.agent.close();
  }

  private forward(request: FastifyRequest, reply: FastifyReply, target: Target): void {
    const { raw } = request;
    const { tools } = target.service;
    const socket = this.webSockets.socketOf(raw);
    const refusal = this.webSockets.refusalOf(raw);
    if (refusal) {
      void reply.send(refusal);
      return;
    }
    const headers = requestHeaders(raw.rawHeaders, raw.headers.connection, factsOf(request, target));
    const deadlineMs = Math.min(this.deadlineMs, deadlineOf(raw.headers[DEADLINE_HEADER]) ?? Infinity);
    if (socket) {
      new Upgrade(tools, reply, {
        path: target.path,
        headers,
        deadlineMs,
        silenceMs: this.silenceMs,
        sendTimeouts: this.sendTimeouts,
        socket,
      }).begin();
      return;
    }
    const exchange = new Exchange(tools, request, reply, {
      method: request.method,
      path: target.path,
      headers,
      deadlineMs,
      silenceMs: this.silenceMs,
    });
    exchange.begin();
  }
}

function factsOf(request: FastifyRequest, target: Target): ForwardFacts {
  const { headers, socket } = request.raw;
  // Fastify walks the list from the peer on and stops behind the first address that is not a trusted proxy's. Without
  // the header there is nothing to walk, and most requests of a first hop have none.
  const walked = headers['x-forwarded-for'] === undefined ? undefined : request.ips;
  const addresses = walked ?? [socket.remoteAddress ?? ''];
  return {
    addresses,
    protocol: clientProtocol(request),
    host: clientHost(request),
    requestId: request.id,
    prefix: target.prefix,
    // A second address is there only when the peer is trusted.
    outerPrefix: addresses.length > 1 ? cleanPrefix(headers[FORWARDED_PREFIX_HEADER]) : '',
  };
}
