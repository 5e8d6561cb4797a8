import { operationalRoutes, RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER } from '@nestfleet/contracts';
import { beforeUnrouted, clientNetwork, ProblemError } from '@nestfleet/service';
import type { Limits } from '@nestfleet/state';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressOf, callerOf } from '../caller/caller.ts';
import type { SessionCookie } from '../caller/session-cookie.ts';
import { withinStateBudget } from '../state-budget.ts';
import { type Answered, policyHeader, rateLimitHeader, tightestOf } from './rate-limit-headers.ts';
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
 * installRateLimit refuses callers that ask too often, before their body is read. Whatever the answer, a 404 and a HEAD too, it
 * counts; only a refusal by the limit itself does not, so that who waits for as long as it says is served. While Redis is unreachable everybody
 * passes: a route that needs it answers 503 itself, and one that does not has nothing that a limit would protect.
 */
export function installRateLimit(fastify: FastifyInstance, { limits, cookie, rateLimit }: RateLimitParts): void {
  const policy = policyHeader(rateLimit);

  async function take(caller: string, request: FastifyRequest): Promise<Answered> {
    // A quota of the caller and one of its own address are two keys.
    const owners = { caller, address: `n-${clientNetwork(request)}` };
    const takes = rateLimit.map(({ name, of, rate }) => ({ key: `${name}:${owners[of]}`, rate }));
    const answers = await limits.takeAll(takes);
    const answered = answers.map((allowance, at) => ({ name: rateLimit[at]!.name, allowance }));
    return tightestOf(answered as [Answered, ...Answered[]]);
  }

  async function limit(from: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const tightest = await withinStateBudget(request, WAIT_MS, () => take(from, request)).catch(() => undefined);
    if (tightest === undefined) return;
    void reply.headers({ [RATE_LIMIT_POLICY_HEADER]: policy, [RATE_LIMIT_HEADER]: rateLimitHeader(tightest) });
    if (tightest.allowance.allowed) return;
    throw tooMany(tightest.allowance.retryAfterMs);
  }

  // Before every hook that answers by itself, so that it makes no difference which answer comes of a request.
  fastify.addHook('onRequest', async (request, reply) => {
    if (isPreflight(request) || EXEMPT.has(firstSegment(request.routeOptions.url ?? ''))) return;
    // What it throws is an answer, and no reason to let anybody pass.
    await limit(callerOf(request, cookie), request, reply);
  });
  // Without a way to check the signature of its cookie: whoever it is, it is somebody of that address.
  beforeUnrouted(fastify, (request, reply) => limit(addressOf(request), request, reply));
}

/** A page cannot know of it, and no page would ask again. */
const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

const tooMany = (retryAfterMs: number): ProblemError =>
  new ProblemError({
    status: 429,
    code: 'rate_limited',
    title: 'Too many requests',
    detail: 'This session or address has used up its requests for now; nothing was done',
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  });
