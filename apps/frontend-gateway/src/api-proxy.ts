import { type IncomingMessage, METHODS } from 'node:http';
import { DEADLINE_HEADER, FORWARDED_PREFIX_HEADER, QUICKSTART_PATHS } from '@nestfleet/contracts';
import type { Upstream } from '@nestfleet/discovery';
import { clientHost, clientProtocol, deadlineOf, type Lifecycle, type Logger } from '@nestfleet/service';
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { Agent } from 'undici';
import { attemptLog } from './proxy/attempt-log.ts';
import { lenientConnector } from './proxy/connector.ts';
import { Exchange, type ExchangeTools } from './proxy/exchange.ts';
import { cleanPrefix, type ForwardFacts, requestHeaders } from './proxy/forward-headers.ts';
import { API_PREFIX, type ApiTarget, apiHostTest, apiTargetOf, wholeTarget } from './proxy/route-table.ts';
import { Upgrade, type UpgradeTools } from './proxy/web-socket/upgrade.ts';
import { UpgradeSlots } from './proxy/web-socket/upgrade-slots.ts';
import { WebSockets } from './proxy/web-socket/web-sockets.ts';
import type { ProxyMetrics } from './upstream-metrics.ts';

export interface ApiProxySettings {
  /** Longest wait for the head of an answer, milliseconds. A caller's `x-deadline-ms` may only shorten it. */
  readonly deadlineMs: number;
  /** Wait for one replica's answer after which an idempotent request is retried on another, milliseconds. */
  readonly attemptMs: number;
  /** Longest silence within an answer that is no stream of events, milliseconds; then it is cut. */
  readonly silenceMs: number;
  /** Connections to one replica; more requests wait their turn under the same deadline. */
  readonly connectionsMax: number;
  /** In lower case: `api.<domain>` is the api's own host name. */
  readonly domain: string;
}

export interface ApiProxyContext {
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
  readonly metrics: ProxyMetrics;
}

/** A request meets three replicas at most. */
const RETRIES_MAX = 2;
/** Streams of events may have nothing to tell for long; the same as at the other load balancers. */
const EVENTS_SILENCE_MS = 3_600_000;
const CONNECT_TIMEOUT_MS = 1_000;
/** The api closes idle connections after 95 s; ours go first, so that no request is sent into a closing one. */
const KEEP_ALIVE_MS = 60_000;
const KEEP_ALIVE_MAX_MS = 85_000;

/**
 * ApiProxy is the reverse proxy to the api: streams every request for it to a discovered replica. All of it runs in `onRequest`
 * hooks, before Fastify looks at the body: any media type passes, nothing is parsed, nothing is buffered.
 */
export class ApiProxy {
  private readonly agent: Agent;
  private readonly tools: ExchangeTools;
  private readonly upgradeTools: UpgradeTools;
  private readonly webSockets = new WebSockets();
  private readonly deadlineMs: number;
  private readonly silenceMs: number;
  private readonly isApiHost: (host: string | undefined) => boolean;

  constructor(upstream: () => Upstream, { log, lifecycle, metrics }: ApiProxyContext, settings: ApiProxySettings) {
    const logFailed = attemptLog(log, () => performance.now());
    this.deadlineMs = settings.deadlineMs;
    this.silenceMs = settings.silenceMs;
    this.isApiHost = apiHostTest(settings.domain);
    this.agent = new Agent({
      connections: settings.connectionsMax,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
      connect: lenientConnector({ timeout: CONNECT_TIMEOUT_MS }),
    });
    this.tools = {
      agent: this.agent,
      upstream,
      retriesMax: RETRIES_MAX,
      attemptMs: Math.min(settings.attemptMs, settings.deadlineMs),
      random: Math.random,
      streamsEnd: lifecycle.streamsEnd,
      onAttempt: (pick) => metrics.attempt(pick),
      onFailedAttempt: (attempt) => {
        if (attempt.stop === undefined) metrics.retry(upstream().service);
        logFailed(attempt);
      },
      onCut: (fault) =>
        log.error({ event: 'proxy.exchange_cut', err: fault }, 'an answer was cut by a fault of the gateway'),
    };
    this.upgradeTools = {
      ...this.tools,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      slots: new UpgradeSlots(settings.connectionsMax),
    };
  }

  /** Routes of the api on every host name, and all paths on the api's own. */
  install(fastify: FastifyInstance): void {
    this.webSockets.install(
      fastify,
      this.tools.onCut,
      ({ url = '/', headers }) => this.isApiHost(headers.host) || apiTargetOf(url) !== undefined,
    );
    fastify.addHook('onRequest', (request, reply, done) => {
      if (this.isApiHost(request.raw.headers.host)) this.forward(request, reply, wholeTarget(request.raw.url ?? '/'));
      else done();
    });
    const onRequest: onRequestHookHandler = (request, reply, done) => {
      const target = apiTargetOf(request.raw.url ?? '/');
      if (target) this.forward(request, reply, target);
      // Spelled otherwise (`/%61pi`): what the router decoded is not the api's path, so nothing is here.
      else done();
    };
    // What a path is served with only the api knows: its 405 has the true `Allow`. CONNECT is none, see `refuseConnect`.
    const methods = METHODS.filter((method) => method !== 'CONNECT');
    for (const method of methods) if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    for (const url of [API_PREFIX, `${API_PREFIX}/*`, ...QUICKSTART_PATHS])
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

  private forward(request: FastifyRequest, reply: FastifyReply, target: ApiTarget): void {
    const { raw } = request;
    const socket = this.webSockets.socketOf(raw);
    const refusal = this.webSockets.refusalOf(raw);
    if (refusal) {
      void reply.send(refusal);
      return;
    }
    const headers = requestHeaders(raw.rawHeaders, raw.headers.connection, factsOf(request, target));
    const deadlineMs = Math.min(this.deadlineMs, deadlineOf(raw.headers[DEADLINE_HEADER]) ?? Infinity);
    if (socket) {
      headers[headers.length - 1] = String(deadlineMs);
      headers.push('connection', 'Upgrade', 'upgrade', 'websocket');
      new Upgrade(this.upgradeTools, reply, {
        path: target.path,
        headers,
        deadlineMs,
        silenceMs: this.silenceMs,
        socket,
      }).begin();
      return;
    }
    const exchange = new Exchange(this.tools, request, reply, {
      method: request.method,
      path: target.path,
      headers,
      deadlineMs,
      silenceMs: asksForEvents(raw, target) ? EVENTS_SILENCE_MS : this.silenceMs,
    });
    exchange.begin();
  }
}

/** Before the answer is there only the question tells; HAProxy's configuration has the same rule. */
function asksForEvents({ headers }: IncomingMessage, { path }: ApiTarget): boolean {
  if (headers.accept?.includes('text/event-stream')) return true;
  return /\/(?:events|stream)(?:\?|$)/.test(path);
}

function factsOf(request: FastifyRequest, target: ApiTarget): ForwardFacts {
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
