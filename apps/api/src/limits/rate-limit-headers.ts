import type { Allowance } from '@nestfleet/state';
import type { RateLimit } from './rate-limit-setting.ts';

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/** Answered is a quota and what it answered. */
export interface Answered {
  readonly name: string;
  readonly allowance: Allowance;
}

/** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): named quotas, each for any window of so many seconds. */
export const policyHeader = (rateLimit: RateLimit): string =>
  rateLimit.map(({ name, rate: { count, periodMs } }) => `"${name}";q=${count};w=${seconds(periodMs)}`).join(', ');

/**
 * `RateLimit`: what is left of the tightest one, and until when it is whole again; after a refusal until one more is
 * allowed, the same moment as `Retry-After`.
 */
export function rateLimitHeader({ name, allowance: { remaining, retryAfterMs, resetMs } }: Answered): string {
  return `"${name}";r=${remaining};t=${seconds(retryAfterMs > 0 ? retryAfterMs : resetMs)}`;
}

/** The one that refuses for longest, else the one with least left. */
export const tightestOf = (answers: readonly [Answered, ...Answered[]]): Answered =>
  answers.reduce((tightest, each) => {
    const { allowance: one } = tightest;
    const { allowance: other } = each;
    if (one.retryAfterMs !== other.retryAfterMs) return one.retryAfterMs > other.retryAfterMs ? tightest : each;
    return other.remaining < one.remaining ? each : tightest;
  });
