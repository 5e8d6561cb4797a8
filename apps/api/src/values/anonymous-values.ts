import { ApiProblems, clientNetwork, ProblemError } from '@nestfleet/service';
import { type Limits, StateError, type Take, type Values } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import type { SessionOwner } from '../caller/session-owner.ts';
import { ofState } from '../documented-answers.ts';

export interface AnonymousValueBounds {
  /** Longest and default lifetime. */
  readonly ttlMs: number;
  readonly bytesOfAddress: number;
  readonly bytesOfAll: number;
}

/** What Redis needs for a small value beside its key and text, bytes. */
const OVERHEAD_BYTES = 128;

/** MayExceedQuota documents what AnonymousValues refuses. */
export const MayExceedQuota = (): MethodDecorator & ClassDecorator =>
  ApiProblems(
    {
      status: 429,
      code: 'value_quota_exceeded',
      meaning: 'callers without a session have stored as much as they may for now; nothing was done',
    },
    ...ofState('state_memory_low'),
  );

/** How a value is stored. */
type Stay = Pick<NonNullable<Parameters<Values['put']>[2]>, 'ttlMs' | 'ifRoom'>;

/**
 * AnonymousValues bounds what callers without a session store: nobody answers for it, and what never goes away fills the store for
 * all. What is written within one lifetime is at most the quota, and nothing lives longer, so no more than the quota is
 * ever stored; and none of it once little memory is left.
 */
export class AnonymousValues {
  private readonly limits: Limits;
  private readonly owner: Pick<SessionOwner, 'of'>;
  private readonly bounds: AnonymousValueBounds;

  constructor(limits: Limits, owner: Pick<SessionOwner, 'of'>, bounds: AnonymousValueBounds) {
    this.limits = limits;
    this.owner = owner;
    this.bounds = bounds;
  }

  /**
   * Stores what this caller may store by `put`, which gets how; without a lifetime it stays. It takes from the quota, and what is
   * refused then takes nothing.
   */
  async store<T>(
    request: FastifyRequest,
    { key, value, ttlMs }: { readonly key: string; readonly value: string; readonly ttlMs?: number | undefined },
    put: (stay: Stay) => Promise<T>,
  ): Promise<T> {
    if ((await this.owner.of(request)) !== undefined) return put(ttlMs === undefined ? {} : { ttlMs });
    const longestMs = this.bounds.ttlMs;
    if (ttlMs !== undefined && ttlMs > longestMs) throw livesTooLong(longestMs);
    const cost = key.length + Buffer.byteLength(value) + OVERHEAD_BYTES;
    return this.spend(request, cost, () => put({ ttlMs: ttlMs ?? longestMs, ifRoom: true }));
  }

  private async spend<T>(request: FastifyRequest, cost: number, work: () => Promise<T>): Promise<T> {
    const { ttlMs: periodMs, bytesOfAddress, bytesOfAll } = this.bounds;
    const takes: readonly Take[] = [
      { key: `values:${clientNetwork(request)}`, rate: { count: bytesOfAddress, periodMs }, cost },
      { key: 'values', rate: { count: bytesOfAll, periodMs }, cost },
    ];
    const taken = await this.limits.takeAll(takes).catch(nothingStored);
    const waitMs = Math.max(...taken.map(({ retryAfterMs }) => retryAfterMs));
    if (waitMs > 0) throw quotaExceeded(waitMs);
    try {
      return await work();
    } catch (error) {
      // Where that fails too it stays taken, which stores no more than the quota.
      if (isNothingDone(error)) await this.limits.giveBack(takes, taken).catch(() => undefined);
      throw error;
    }
  }
}

/** What the state says of a write, but for one that may have been made. */
const isNothingDone = (error: unknown): boolean =>
  error instanceof StateError && error.code !== 'state_outcome_unknown';

/** Whether something was taken from the quota or not: the value was not written. */
function nothingStored(error: unknown): never {
  if (!(error instanceof StateError) || error.code !== 'state_outcome_unknown') throw error;
  throw new StateError('state_unavailable', error.message, { cause: error });
}

const livesTooLong = (longestMs: number): ProblemError => {
  const message = `without a session a value lives for ${longestMs} ms at most`;
  return new ProblemError({
    status: 400,
    code: 'invalid_ttl',
    title: 'The request does not fit',
    detail: message,
    errors: [{ path: 'ttl_ms', message }],
  });
};

const quotaExceeded = (waitMs: number): ProblemError =>
  new ProblemError({
    status: 429,
    code: 'value_quota_exceeded',
    title: 'Too much is stored',
    detail: 'Callers without a session have stored as much as they may for now; nothing was done',
    retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
