import { ProblemError } from '@nestfleet/service';
import { type Counters, StateError } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import type { AnonymousQuota } from '../caller/anonymous-quota.ts';
import type { SessionOwner } from '../caller/session-owner.ts';

/** What may be made by an add. */
type Making = Pick<NonNullable<Parameters<Counters['add']>[2]>, 'onlyExisting' | 'ttlMs'>;

/** AnonymousCounters gives counters that callers without a session make a lifetime and a quota. To move one that is there costs nothing. */
export class AnonymousCounters {
  private readonly quota: AnonymousQuota;
  private readonly owner: Pick<SessionOwner, 'of'>;

  constructor(quota: AnonymousQuota, owner: Pick<SessionOwner, 'of'>) {
    this.quota = quota;
    this.owner = owner;
  }

  /** Moves a counter by `add`, which gets what it may make; one that is made or moved with a session stays. */
  async move<T>(
    request: FastifyRequest,
    { name, windowMs = 0 }: { readonly name: string; readonly windowMs?: number | undefined },
    add: (making: Making) => Promise<T>,
  ): Promise<T> {
    if ((await this.owner.of(request)) !== undefined) return add({});
    const { ttlMs } = this.quota;
    if (windowMs > ttlMs) throw lastsTooLong(ttlMs);
    try {
      return await add({ onlyExisting: true });
    } catch (error) {
      if (!(error instanceof StateError) || error.code !== 'counter_missing') throw error;
      return this.quota.spend(request, name, 0, () => add({ ttlMs }));
    }
  }
}

const lastsTooLong = (longestMs: number): ProblemError => {
  const message = `without a session a window is ${longestMs} ms long at most`;
  return new ProblemError({
    status: 400,
    code: 'invalid_window',
    title: 'The request does not fit',
    detail: message,
    errors: [{ path: 'window_ms', message }],
  });
};
