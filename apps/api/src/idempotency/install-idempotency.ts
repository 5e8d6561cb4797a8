import { IDEMPOTENCY_KEY_HEADER, IDEMPOTENCY_REPLAYED_HEADER, services } from '@nestfleet/contracts';
import { badHeader, ProblemError } from '@nestfleet/service';
import { beginKeyed, type Idempotency, KEY_RULE, type KeyedRun, type StoredResponse } from '@nestfleet/state';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Refund } from '../caller/anonymous-quota.ts';
import { callerOf } from '../caller/caller.ts';
import type { SessionCookie } from '../caller/session-cookie.ts';
import type { AnonymousKeys } from './anonymous-keys.ts';
import { notStored, responseToStore, splitStored } from './stored-response.ts';

interface Running {
  readonly run: KeyedRun;
  /** Of what a key that is not kept has taken. */
  readonly refund: Refund;
}

const running = new WeakMap<FastifyRequest, Running>();

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
    const { method, url, body, routeOptions } = request;
    const header = request.headers[IDEMPOTENCY_KEY_HEADER];
    const keyed = { header, method, url, body, route: routeOptions.url ?? url };
    const begun = await beginKeyed(idempotency, request, keyed, {
      // The caller must not be in the scope of a secret key: between a lost answer and the retry a client may gain a cookie or
      // change it, and the retry would be done again. Who sends a secret key with the same request is its maker, so the
      // answer, the job and the session that it gets are its own; to anybody else they are as far as a cookie is.
      callerOf: (isSecret) => (isSecret ? undefined : callerOf(request, cookie)),
      notStored: () => notStored(request.id),
    });
    if (begun.kind === 'absent') return undefined;
    if (begun.kind === 'done') return replay(request, reply, begun.response);
    if (begun.kind === 'in-flight') throw inFlight(begun.retryAfterMs);
    if (begun.kind === 'mismatch') throw mismatch();
    if (begun.kind !== 'mine') throw badHeader(IDEMPOTENCY_KEY_HEADER, KEY_RULE);
    const { run } = begun;
    try {
      running.set(request, { run, refund: await anonymous.take(request) });
    } catch (error) {
      await run.abandon();
      throw error;
    }
    return undefined;
  }

  function replay(request: FastifyRequest, reply: FastifyReply, response: StoredResponse): FastifyReply {
    const { headers, session } = splitStored(response);
    if (session !== undefined) cookie.issue(request, reply, session);
    return reply
      .code(response.status)
      .headers({ ...headers, [IDEMPOTENCY_REPLAYED_HEADER]: 'true' })
      .send(response.body);
  }

  fastify.addHook('onRoute', (route) => {
    const path = route.url.replace(/:[^/]+/g, '*');
    const isNamed = [route.method].flat().some((method) => named.has(`${method} ${path}`));
    if (!isNamed) return;
    route.preHandler = [route.preHandler ?? []].flat().concat(begin);
    route.onSend = [route.onSend ?? []].flat().concat(store);
  });
}

async function store(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  const mine = running.get(request);
  if (mine === undefined) return payload;
  running.delete(request);
  const { run, refund } = mine;
  const isKept = await run.end(reply.statusCode, () => responseToStore(request, reply, payload, run.isSecret));
  // The client gets its response also where nothing is given back: who has it does not retry.
  if (!isKept) await refund().catch(() => undefined);
  return payload;
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
