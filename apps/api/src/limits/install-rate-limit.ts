import { operationalRoutes, RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER } from '@nestfleet/contracts';
import { ProblemError } from '@nestfleet/service';
import type { Limits } from '@nestfleet/state';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressOf, callerOf } from '../caller/caller.ts';
import type { SessionCookie } from '../caller/session-cookie.ts';
import { withinStateBudget } from '../state-budget.ts';
import { policyHeader, rateLimitHeader, tighterOf } from './rate-limit-headers.ts';
import type { RateLimit } from './rate-limit-setting.ts';

export interface RateLimitParts {
  readonly limits: Limits;
  readonly cookie: SessionCookie;
  readonly rateLimit: RateLimit;
}

/** Half of what a request may wait for Redis: a limit that cannot be counted still has time for the work. */
const WAIT_MS = 250;
const firstSegment = (path: string): string | undefined => path.split('/', 2)[1];
const EXEMPT = new Set(operationalRoutes.map(({ path }) => firstSegment(path)));

/**
 * installRateLimit refuses callers that ask too often, before their body is read. While Redis is unreachable everybody
 * passes: a route that needs it answers 503 itself, and one that does not has nothing that a limit would protect.
 */
export function installRateLimit(fastify: FastifyInstance, { limits, cookie, rateLimit }: RateLimitParts): void {
  const policy = policyHeader(rateLimit);

  const take = (caller: string, request: FastifyRequest) =>
    limits.takeAll([
      { key: caller, rate: rateLimit.caller },
      { key: `n-${addressOf(request)}`, rate: rateLimit.address },
    ]);

  // After the hooks of onRequest, so that CORS has put its headers on a refusal too.
  fastify.addHook('preParsing', async (request, reply) => {
    if (request.method === 'OPTIONS' || EXEMPT.has(firstSegment(request.routeOptions.url ?? ''))) return;
    // What it throws is an answer, and no reason to let anybody pass.
    const from = callerOf(request, cookie);
    const taken = await withinStateBudget(request, WAIT_MS, () => take(from, request)).catch(() => undefined);
    if (taken === undefined) return;
    const [caller, address] = taken as [(typeof taken)[number], (typeof taken)[number]];
    void reply.headers({ [RATE_LIMIT_POLICY_HEADER]: policy, [RATE_LIMIT_HEADER]: rateLimitHeader(caller, address) });
    if (caller.allowed && address.allowed) return;
    throw tooMany(tighterOf(caller, address).retryAfterMs);
  });
}

const tooMany = (retryAfterMs: number): ProblemError =>
  new ProblemError({
    status: 429,
    code: 'rate_limited',
    title: 'Too many requests',
    detail: 'This session or address has used up its requests for now; nothing was done',
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  });
