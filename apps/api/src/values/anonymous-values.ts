import { ProblemError } from '@nestfleet/service';
import type { Values } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import type { AnonymousQuota } from '../caller/anonymous-quota.ts';
import type { SessionOwner } from '../caller/session-owner.ts';

/** How a value is stored. */
type Stay = Pick<NonNullable<Parameters<Values['put']>[2]>, 'ttlMs' | 'ifRoom'>;

/** AnonymousValues gives values of callers without a session a lifetime and a quota, and stores none once little memory is left. */
export class AnonymousValues {
  private readonly quota: AnonymousQuota;
  private readonly owner: Pick<SessionOwner, 'of'>;

  constructor(quota: AnonymousQuota, owner: Pick<SessionOwner, 'of'>) {
    this.quota = quota;
    this.owner = owner;
  }

  /** Stores what this caller may store by `put`, which gets how; without a lifetime it stays. */
  async store<T>(
    request: FastifyRequest,
    { key, value, ttlMs }: { readonly key: string; readonly value: string; readonly ttlMs?: number | undefined },
    put: (stay: Stay) => Promise<T>,
  ): Promise<T> {
    if ((await this.owner.of(request)) !== undefined) return put(ttlMs === undefined ? {} : { ttlMs });
    const longestMs = this.quota.ttlMs;
    if (ttlMs !== undefined && ttlMs > longestMs) throw livesTooLong(longestMs);
    return this.quota.spend(request, key, Buffer.byteLength(value), () =>
      put({ ttlMs: ttlMs ?? longestMs, ifRoom: true }),
    );
  }
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
