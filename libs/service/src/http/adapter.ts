import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DEADLINE_HEADER, HEALTH_PATHS, REQUEST_ID_HEADER, SERVED_BY_HEADER } from '@nestfleet/contracts';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BaseConfig } from '../config/base-config.ts';
import { HEALTH_CHECKS, isLoadBalancersCheck } from '../health-checks.ts';
import type { Identity } from '../identity.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import { isExempt } from '../overload/exempt-routes.ts';
import type { LoadShedding } from '../overload/load-shedding.ts';
import { runInRequest } from '../request-context.ts';
import { BODY_LIMIT_BYTES } from '../connections/body-limit.ts';
import { deadlineExceeded, deadlineOf, noDeadline, startDeadline } from './deadline.ts';
import { installConnectionRules, onClientError } from './connection-rules.ts';
import { PARAMETER_LENGTH_MAX } from './other-methods.ts';
import { answerFrameworkError, letRefusedBodiesEnd } from './early-errors.ts';
import { endWithClient } from './event-stream.ts';
import { unmetExpectation } from './expectation.ts';
import { tooManyHeaders } from './header-count.ts';
import { refusalOf, routedTarget } from './request-checks.ts';
import { repeatedHeader } from './single-headers.ts';
import { announcesBody } from '../connections/body-presence.ts';
import { isBehindFinalResponse } from '../connections/pending-responses.ts';
import { RequestBodyTimeouts } from '../connections/request-body-timeouts.ts';
import { ProblemError } from '../problem/problem.ts';

/** Longer than any load balancer in front keeps an idle connection (Traefik 90 s), else requests race our close. */
const KEEP_ALIVE_MS = 95_000;
const HEADERS_MS = 100_000;

const requestIdPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** requestIdOf accepts a request id from outside when it is harmless in a log line. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && requestIdPattern.test(header) ? header : randomUUID();
}

export function createAdapter(config: BaseConfig, log: Pick<Logger, 'error'>): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A Host that is missing is refused where all other requests are: Node's own refusal is no problem document.
    http: { headersTimeout: HEADERS_MS, requireHostHeader: false },
    requestTimeout: 0,
    trustProxy: config.TRUSTED_PROXIES,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    exposeHeadRoutes: true,
    rewriteUrl: routedTarget,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers[REQUEST_ID_HEADER]),
    forceCloseConnections: false,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: onClientError(log),
  });
  installConnectionRules(adapter.getHttpServer(), log);
  return adapter;
}

/** How long a request waits for the first readiness: a load balancer that checks each second has found out by then. */
const HOLD_MS = 2_000;

const pathOf = (request: FastifyRequest): string => {
  const mark = request.url.indexOf('?');
  return mark === -1 ? request.url : request.url.slice(0, mark);
};

export interface HttpParts {
  /** Its domain is the host of a request that names none. */
  readonly config: Pick<
    BaseConfig,
    'DOMAIN' | 'REQUEST_BODY_GRACE_PERIOD_MS' | 'REQUEST_BODY_MIN_RATE' | 'REQUEST_BODY_TIMEOUT_MS'
  >;
  readonly identity: Identity;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * installHooks adds what every answer has, whatever the route: names, ids, counts, one log line. One hook each way: hooks
 * cost; one more where requests are admitted, for those whose body had to come.
 * @param shedding what admits requests @default all are
 */
export function installHooks(fastify: FastifyInstance, parts: HttpParts, shedding?: LoadShedding): void {
  const { config, identity, lifecycle, log, metrics } = parts;
  const bodies = new RequestBodyTimeouts({
    graceMs: config.REQUEST_BODY_GRACE_PERIOD_MS,
    minRate: config.REQUEST_BODY_MIN_RATE,
    totalMs: config.REQUEST_BODY_TIMEOUT_MS,
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isBehindFinalResponse(request.raw)) {
      reply.hijack();
      return;
    }
    lifecycle.track(reply.raw);
    if (lifecycle.isShuttingDown && !isLoadBalancersCheck(request.routeOptions.url ?? '', request.headers))
      lifecycle.drainEvidence.recordRequest();
    void reply.headers({
      [SERVED_BY_HEADER]: identity.name,
      [REQUEST_ID_HEADER]: request.id,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    const { headers, rawHeaders } = request.raw;
    const refusal =
      tooManyHeaders(rawHeaders) ??
      repeatedHeader(rawHeaders) ??
      refusalOf(request.raw, config.DOMAIN) ??
      unmetExpectation(headers);
    if (refusal) return done(refusal);
    const hasBody = announcesBody(headers);
    if (hasBody) bodies.watch(request.raw, (why) => refuseSlowBody(request, reply, why));
    const context = { requestId: request.id, endMs: Infinity };
    const deadline = headers[DEADLINE_HEADER];
    if (deadline !== undefined) {
      const restMs = deadlineOf(deadline);
      if (restMs === undefined) return done(noDeadline());
      if (restMs === 0) {
        void reply.send(deadlineExceeded());
        return;
      }
      startDeadline(context, restMs, request.raw);
    }
    const route = request.routeOptions.url ?? '';
    const limit = shedding === undefined || isExempt(route) ? undefined : shedding;
    // Where it is held, admitted only then, so that it is not in flight before. That its client has gone nobody would tell a
    // handler any more.
    const begin = (): void => {
      if (limit === undefined && reply.raw.destroyed) return;
      if (limit === undefined) runInRequest(context, done);
      else if (hasBody) limit.receive(reply, context, done);
      else limit.admit(reply, context, done);
    };
    if (lifecycle.isHolding && !HEALTH_CHECKS.has(route)) {
      const holdMs = Math.min(HOLD_MS, context.endMs - performance.now());
      void lifecycle.untilReleased(holdMs).then(begin);
      return;
    }
    begin();
  });
  if (shedding) fastify.addHook('preValidation', (_request, reply, done) => shedding.admitReceived(reply, done));
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    if (reply.statusCode >= 400) letRefusedBodiesEnd(request, reply);
    else if (String(reply.getHeader('content-type') ?? '').startsWith('text/event-stream')) {
      endWithClient(reply.raw);
      shedding?.onStreamHead(reply);
    }
    shedding?.onAnswer(reply);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    bodies.forget(request.raw);
    const route = request.routeOptions.url ?? 'none';
    const status = reply.raw.statusCode;
    metrics.observe(request.method, route, status, reply.elapsedTime / 1_000);
    const isHealth = HEALTH_CHECKS.has(route);
    if (!isHealth) lifecycle.count();
    else if (route === HEALTH_PATHS.ready && status === 404 && isLoadBalancersCheck(route, request.headers))
      lifecycle.drainEvidence.recordFailedCheck(request.headers['user-agent']);
    const level = isHealth ? 'debug' : 'info';
    log[level](
      {
        request_id: request.id,
        method: request.method,
        path: pathOf(request),
        status,
        duration_ms: Math.round(reply.elapsedTime * 10) / 10,
        remote: request.ip,
      },
      'request',
    );
    done();
  });
}

/** A listener of `stalled` on the request answers by itself. */
function refuseSlowBody({ raw }: FastifyRequest, reply: FastifyReply, detail: string): void {
  const title = 'The request came too slowly';
  const problem = new ProblemError({ status: 408, code: 'request_timeout', title, detail });
  if (!raw.emit('stalled', problem) && !reply.sent) void reply.send(problem);
}
