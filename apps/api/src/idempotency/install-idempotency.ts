import { IDEMPOTENCY_KEY_HEADER, IDEMPOTENCY_REPLAYED_HEADER, services } from '@nestfleet/contracts';
import { ProblemError } from '@nestfleet/service';
import type { Idempotency, IdempotencyClaim, StoredResponse } from '@nestfleet/state';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Refund } from '../caller/anonymous-quota.ts';
import { callerOf } from '../caller/caller.ts';
import type { SessionCookie } from '../caller/session-cookie.ts';
import type { AnonymousKeys } from './anonymous-keys.ts';
import { fingerprintOf, idempotencyKeyOf, isSecretKey, scopeOf } from './idempotency-key.ts';
import { responseToStore, isStored, splitStored } from './stored-response.ts';

interface Running {
  readonly claim: IdempotencyClaim;
  readonly secret: boolean;
  /** See `refuseForNow`. */
  isForNow: boolean;
  /** Of what a key that is not kept has taken. */
  readonly refund: Refund;
}

const running = new WeakMap<FastifyRequest, Running>();

/**
 * idempotencyTokenOf is what an effect carries that must not happen twice even if this replica dies before the response is
 * stored: one text for the key in its scope, the same for every retry. `secret`: nobody else can make it up.
 */
export function idempotencyTokenOf(
  request: FastifyRequest,
): { readonly token: string; readonly secret: boolean } | undefined {
  const found = running.get(request);
  return found && { token: found.claim.scopeKey, secret: found.secret };
}

/**
 * refuseForNow keeps no response of a request that is refused: what is refused now may be granted later, by what others do
 * meanwhile.
 */
export function refuseForNow(request: FastifyRequest): void {
  const found = running.get(request);
  if (found !== undefined) found.isForNow = true;
}

export interface IdempotencyParts {
  readonly idempotency: Idempotency;
  readonly cookie: SessionCookie;
  readonly anonymous: Pick<AnonymousKeys, 'take'>;
}

/**
 * installIdempotency executes a request with an `Idempotency-Key` once and replays its stored response to a retry, on the
 * routes that the contract calls idempotent with one. Hooks of those routes alone: no other pays for them. Must come before
 * the routes do.
 */
export function installIdempotency(
  fastify: FastifyInstance,
  { idempotency, cookie, anonymous }: IdempotencyParts,
): void {
  const named = new Set(
    services.api.routes
      .filter((rule) => rule.retryPolicy === 'idempotent-with-idempotency-key')
      .map(({ method, path }) => `${method} ${path}`),
  );

  async function begin(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const key = idempotencyKeyOf(request);
    if (key === undefined) return undefined;
    const scope = scopeOf(key, () => callerOf(request, cookie), request);
    const begun = await idempotency.begin(scope, fingerprintOf(request));
    if (begun.kind === 'mine') await claimed(request, begun.claim, isSecretKey(key));
    else if (begun.kind === 'mismatch') throw mismatch();
    else if (begun.kind === 'in-flight') throw inFlight(begun.retryAfterMs);
    else return replay(request, reply, begun.response);
    return undefined;
  }

  async function claimed(request: FastifyRequest, claim: IdempotencyClaim, secret: boolean): Promise<void> {
    try {
      running.set(request, { claim, secret, isForNow: false, refund: await anonymous.take(request) });
    } catch (error) {
      await idempotency.abandon(claim).catch(() => undefined);
      throw error;
    }
  }

  function replay(request: FastifyRequest, reply: FastifyReply, response: StoredResponse): FastifyReply {
    const { headers, session } = splitStored(response);
    if (session !== undefined) cookie.issue(request, reply, session);
    return reply
      .code(response.status)
      .headers({ ...headers, [IDEMPOTENCY_REPLAYED_HEADER]: 'true' })
      .send(response.body);
  }

  async function store(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const mine = running.get(request);
    if (mine === undefined) return payload;
    running.delete(request);
    const stored: Promise<unknown> = isStored(reply.statusCode, mine.isForNow)
      ? idempotency.finish(mine.claim, responseToStore(request, reply, payload, mine.secret))
      : Promise.all([idempotency.abandon(mine.claim), mine.refund()]);
    // The client gets its response also where it cannot be stored: who has it does not retry.
    await stored.catch(() => undefined);
    return payload;
  }

  fastify.addHook('onRoute', (route) => {
    const path = route.url.replace(/:[^/]+/g, '*');
    const isNamed = [route.method].flat().some((method) => named.has(`${method} ${path}`));
    if (!isNamed) return;
    route.preHandler = [route.preHandler ?? []].flat().concat(begin);
    route.onSend = [route.onSend ?? []].flat().concat(store);
  });
}

const mismatch = (): ProblemError =>
  new ProblemError({
    status: 422,
    code: 'idempotency_mismatch',
    title: 'The key was used for another request',
    detail: 'This Idempotency-Key came with another path, query or body before; a new request needs a new key',
    errors: [{ path: IDEMPOTENCY_KEY_HEADER, message: 'was used for another request' }],
  });

const inFlight = (retryAfterMs: number): ProblemError =>
  new ProblemError({
    status: 409,
    code: 'idempotency_in_flight',
    title: 'The same request is under way',
    detail: 'A request with this Idempotency-Key has not been answered yet; try again with the same key',
    retryAfterS: Math.max(1, Math.ceil(retryAfterMs / 1_000)),
  });
