import { ApiProblems, clientNetwork, type DocumentedProblem, ProblemError } from '@nestfleet/service';
import { type Limits, StateError, type Take } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';

export interface AnonymousBounds {
  /** Longest and default lifetime. */
  readonly ttlMs: number;
  readonly bytesOfAddress: number;
  readonly bytesOfAll: number;
}

/** Gives back what was taken from the quota. Never rejects. */
export type Refund = () => Promise<void>;

/** What Redis needs for something small beside its key and text, bytes. */
const OVERHEAD_BYTES = 128;

/** MayExceedQuota documents what AnonymousQuota refuses, and what else may be in the way. */
export const MayExceedQuota = (...others: readonly DocumentedProblem[]): MethodDecorator & ClassDecorator =>
  ApiProblems(
    {
      status: 429,
      code: 'value_quota_exceeded',
      meaning: 'callers without a session have stored as much as they may for now; nothing was done',
    },
    ...others,
  );

/**
 * AnonymousQuota bounds what callers without a session store: nobody answers for it, and what never goes away fills the store for
 * all. What is written within one lifetime is at most the quota, and nothing lives longer, so no more than the quota is
 * ever stored.
 */
export class AnonymousQuota {
  private readonly limits: Limits;
  private readonly bounds: AnonymousBounds;

  constructor(limits: Limits, bounds: AnonymousBounds) {
    this.limits = limits;
    this.bounds = bounds;
  }

  /** The longest that anything may live. */
  get ttlMs(): number {
    return this.bounds.ttlMs;
  }

  /** Takes from the quota for a key and its text, and stores them by `work`; where that stores nothing it takes nothing either. */
  async spend<T>(request: FastifyRequest, key: string, textBytes: number, work: () => Promise<T>): Promise<T> {
    const refund = await this.take(request, key.length + textBytes + OVERHEAD_BYTES);
    try {
      return await work();
    } catch (error) {
      if (isNothingDone(error)) await refund();
      throw error;
    }
  }

  /**
   * Takes so many bytes from the quota, for what lives as long as it may, or for `livesMs`: what outlives the period of the quota counts
   * as often as the quota is renewed meanwhile. Throws a 429 problem where it has not as much; nothing is taken then.
   */
  async take(request: FastifyRequest, bytes: number, livesMs = 0): Promise<Refund> {
    const { ttlMs: periodMs, bytesOfAddress, bytesOfAll } = this.bounds;
    const cost = Math.min(Math.ceil(bytes * Math.max(1, livesMs / periodMs)), bytesOfAddress, bytesOfAll);
    const takes: readonly Take[] = [
      { key: `values:${clientNetwork(request)}`, rate: { count: bytesOfAddress, periodMs }, cost },
      { key: 'values', rate: { count: bytesOfAll, periodMs }, cost },
    ];
    const taken = await this.limits.takeAll(takes).catch(nothingStored);
    const waitMs = Math.max(...taken.map(({ retryAfterMs }) => retryAfterMs));
    if (waitMs > 0) throw quotaExceeded(waitMs);
    // Where that fails it stays taken, which stores no more than the quota.
    return () => this.limits.refund(takes, taken).catch(() => undefined);
  }
}

/** What the state says of a write, but for one that may have been made. */
const isNothingDone = (error: unknown): boolean =>
  error instanceof StateError && error.code !== 'state_outcome_unknown';

/** Whether something was taken from the quota or not: nothing was written. */
function nothingStored(error: unknown): never {
  if (!(error instanceof StateError) || error.code !== 'state_outcome_unknown') throw error;
  throw new StateError('state_unavailable', error.message, { cause: error });
}

const quotaExceeded = (waitMs: number): ProblemError =>
  new ProblemError({
    status: 429,
    code: 'value_quota_exceeded',
    title: 'Too much is stored',
    detail: 'Callers without a session have stored as much as they may for now; nothing was done',
    retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
