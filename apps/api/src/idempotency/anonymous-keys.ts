import type { FastifyRequest } from 'fastify';
import type { AnonymousQuota, Refund } from '../caller/anonymous-quota.ts';
import type { SessionOwner } from '../caller/session-owner.ts';
import type { OpsToken } from '../caller/ops-token.ts';

/** What a key takes in Redis for a day: the record of its response, at most 352, and that of the effect that carries it. */
const KEY_BYTES = 600;
const KEY_LIVES_MS = 86_400_000;

const nothing: Refund = async () => undefined;

/**
 * AnonymousKeys takes what is kept of a new `Idempotency-Key` from the quota of callers without a session: whoever sends ever new
 * keys would fill the store with what nobody answers for. A key that is known costs nothing.
 */
export class AnonymousKeys {
  private readonly quota: Pick<AnonymousQuota, 'take'>;
  private readonly owner: Pick<SessionOwner, 'of'>;
  private readonly operator: Pick<OpsToken, 'isIn'>;

  constructor(quota: Pick<AnonymousQuota, 'take'>, owner: Pick<SessionOwner, 'of'>, operator: Pick<OpsToken, 'isIn'>) {
    this.quota = quota;
    this.owner = owner;
    this.operator = operator;
  }

  /** @returns gives it back, for a key that is not kept */
  async take(request: FastifyRequest): Promise<Refund> {
    if (this.operator.isIn(request.headers.authorization)) return nothing;
    if ((await this.owner.of(request)) !== undefined) return nothing;
    return this.quota.take(request, KEY_BYTES, KEY_LIVES_MS);
  }
}
