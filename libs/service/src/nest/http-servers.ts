import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type IncomingMessage, Server as HttpServer, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { ClientConnections } from '../connections/client-connections.ts';
import { countPendingResponses, isBehindFinalResponse } from '../connections/pending-responses.ts';
import { isLoadBalancersCheck } from '../health-checks.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { answerHealthCheck, type HealthSettings } from './health-answers.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** How long a request waits for the first readiness: a load balancer that checks each second has found out by then. */
const HOLD_MS = 2_000;
/** Servers of any application of this process: another one may listen on the same port of another address. */
const adopted = new WeakSet<HttpServer>();
/** Node's own name: a server of this process listens. */
const LISTENING = 'tracing:net.server.listen:asyncEnd';

/**
 * HttpServers are the servers of an app, whatever framework is behind them: what is in flight on them, their connections, and
 * the answers to health checks. Fastify has a second one where it listens on `localhost`, for its other address.
 */
export class HttpServers {
  private readonly connections: ClientConnections[] = [];
  private readonly checks: ReadonlySet<string>;
  private main: HttpServer | undefined;
  private listened = false;

  /** @param keepAliveMs least time that a connection may be idle */
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly health: HealthSettings,
    private readonly keepAliveMs: number,
  ) {
    this.checks = new Set(Object.values(health.paths));
  }

  /**
   * Takes the place of the framework's listener, which gets the requests from here. To be called before it listens.
   * @returns false where it is no server of HTTP/1.1
   */
  attach(server: unknown): boolean {
    if (!isHttp1(server)) return false;
    this.main = server;
    this.listened = server.listening;
    server.once('listening', () => {
      this.listened = true;
    });
    this.adopt(server);
    subscribe(LISTENING, this.onListening);
    return true;
  }

  /** False while nobody can have reached it. */
  get hasListened(): boolean {
    return this.listened;
  }

  /** All that are open, but for upgraded ones. */
  get count(): number {
    return this.connections.reduce((sum, { count }) => sum + count, 0);
  }

  /** How many wait for the rest of a request. */
  get begun(): number {
    return this.connections.reduce((sum, { begun }) => sum + begun, 0);
  }

  stopAccepting(): void {
    unsubscribe(LISTENING, this.onListening);
    for (const each of this.connections) each.stopAccepting();
  }

  cut(): void {
    for (const each of this.connections) each.cut();
    this.lifecycle.cut();
  }

  endUpgraded(): void {
    for (const each of this.connections) each.endUpgraded();
  }

  private adopt(server: HttpServer): void {
    adopted.add(server);
    const listeners = server.listeners('request') as Listener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.onRequest(request, response, () => {
        for (const each of listeners) Reflect.apply(each, server, [request, response]);
      }),
    );
    countPendingResponses(server);
    this.connections.push(new ClientConnections(server));
    if (server.keepAliveTimeout > 0) server.keepAliveTimeout = Math.max(server.keepAliveTimeout, this.keepAliveMs);
  }

  /** Another server on the port of the first one is a second one of the same framework. */
  private readonly onListening = (message: unknown): void => {
    const { server } = message as { readonly server: unknown };
    const port = portOf(this.main);
    if (port === undefined || !isHttp1(server) || adopted.has(server)) return;
    if (portOf(server) === port) this.adopt(server);
  };

  private onRequest(request: IncomingMessage, response: ServerResponse, run: () => void): void {
    if (isBehindFinalResponse(request)) return;
    const { lifecycle } = this;
    lifecycle.track(response);
    const path = pathOf(request);
    if (lifecycle.isShuttingDown) this.recordEvidence(path, request, response);
    if (answerHealthCheck(this.health, lifecycle, path, response)) return;
    if (!lifecycle.isHolding || this.checks.has(path)) return run();
    void this.runOnceReady(response, run);
  }

  private async runOnceReady(response: ServerResponse, run: () => void): Promise<void> {
    await this.lifecycle.untilReleased(HOLD_MS);
    // Its client has gone, which nobody would tell a handler any more.
    if (!response.destroyed) run();
  }

  private recordEvidence(path: string, { headers }: IncomingMessage, response: ServerResponse): void {
    const { drainEvidence } = this.lifecycle;
    if (!isLoadBalancersCheck(path, headers, this.checks)) drainEvidence.recordRequest();
    else if (path === this.health.paths.ready)
      response.once('finish', () => {
        if (response.statusCode >= 400) drainEvidence.recordFailedCheck(headers['user-agent']);
      });
  }
}

function isHttp1(server: unknown): server is HttpServer {
  return server instanceof HttpServer || server instanceof HttpsServer;
}

function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

function portOf(server: HttpServer | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}
