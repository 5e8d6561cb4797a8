import cookie from '@fastify/cookie';
import { services } from '@nestfleet/contracts';
import {
  discoveryOptions,
  openDiscovery,
  registrationOf,
  registrationSettings,
  upstreamViews,
} from '@nestfleet/discovery';
import { openJobs } from '@nestfleet/jobs';
import { type Composition, pingProbe, type ServiceContext } from '@nestfleet/service';
import { openState } from '@nestfleet/state';
import { type ApiConfig, quickstartEnabled } from './api.config.ts';
import { ApiModule } from './api.module.ts';
import { AnonymousQuota } from './caller/anonymous-quota.ts';
import { OpsToken } from './caller/ops-token.ts';
import { SessionCookie } from './caller/session-cookie.ts';
import { SessionOwner } from './caller/session-owner.ts';
import { allowOrigins } from './cors.ts';
import { readBytesUnparsed } from './diagnostics/unparsed-bytes.ts';
import { installHeadWithoutEffect } from './head-without-effect.ts';
import { AnonymousKeys } from './idempotency/anonymous-keys.ts';
import { installIdempotency } from './idempotency/install-idempotency.ts';
import { QueueMetrics } from './jobs/queue-metrics.ts';
import { installRateLimit } from './limits/install-rate-limit.ts';
import { apiProblem } from './problems.ts';
import { installStateBudget } from './state-budget.ts';

/**
 * compose wires the libs into one api replica. Opening connects in the background: a replica answers `/livez` without Redis.
 */
export function compose({ config, identity, log, metrics }: ServiceContext<ApiConfig>): Composition {
  const store = {
    redisUrl: config.REDIS_URL,
    redisAccess: { ca: config.REDIS_CACERT, sentinelPassword: config.REDIS_SENTINEL_PASSWORD },
    namespace: config.NAMESPACE,
  };
  const state = openState({
    ...store,
    // Both connections come and go together, so one of them logs.
    log,
    sessionTtlMs: config.SESSION_IDLE_MS,
    sessionMaxMs: config.SESSION_MAX_MS,
    layoutVersion: config.STATE_LAYOUT,
  });
  const jobs = openJobs(store);
  void new QueueMetrics(metrics.registry, jobs);
  const discovery = openDiscovery(discoveryOptions(config), { log, zone: config.ZONE });
  const opsToken = new OpsToken(config.OPS_TOKEN);
  const quota = new AnonymousQuota(state.limits, {
    ttlMs: config.VALUES_ANONYMOUS_TTL_MS,
    bytesOfAddress: config.VALUES_ANONYMOUS_BYTES_PER_ADDRESS,
    bytesOfAll: config.VALUES_ANONYMOUS_BYTES,
  });
  const diagnostics = config.DIAGNOSTIC_ROUTES === true;
  const { service, slot, epoch, version, name, address } = identity;
  const more = registrationSettings(config, services.api);

  return {
    module: ApiModule.register({
      identity,
      state,
      jobs,
      opsToken,
      quota,
      quickstart: quickstartEnabled(config),
      diagnostics,
    }),
    firstReady: async () => {
      await Promise.all([state.ready(), jobs.ready()]);
    },
    probes: [
      pingProbe(
        'redis',
        () => state.checkWrites(),
        () => jobs.checkWrites(),
      ),
      pingProbe(config.DISCOVERY, () => discovery.ping()),
    ],
    registration: registrationOf(discovery, { service, slot, epoch, version, instanceName: name, address, ...more }),
    rpcPort: config.RPC_PORT,
    upstreams: () => upstreamViews(discovery.upstreams, Date.now()),
    problems: apiProblem,
    configure: async (app) => {
      await app.register(cookie, { secret: config.SESSION_KEYS });
      if (config.CORS_ORIGINS.length > 0) allowOrigins(app, config.CORS_ORIGINS);
      const fastify = app.getHttpAdapter().getInstance();
      if (diagnostics) readBytesUnparsed(fastify);
      const cookies = new SessionCookie();
      const { idempotency, limits } = state;
      const rateLimit = config.RATE_LIMIT;
      if (rateLimit !== undefined) installRateLimit(fastify, { limits, cookie: cookies, rateLimit });
      installHeadWithoutEffect(fastify);
      installStateBudget(fastify);
      const anonymous = new AnonymousKeys(quota, new SessionOwner(cookies, state.sessions), opsToken);
      installIdempotency(fastify, { idempotency, cookie: cookies, anonymous });
    },
    onClose: [
      { name: 'jobs', run: () => jobs.close() },
      { name: 'discovery', run: async () => discovery.close() },
      { name: 'redis', run: () => state.close() },
    ],
  };
}
