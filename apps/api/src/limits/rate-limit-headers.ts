import type { Allowance } from '@nestfleet/state';
import type { RateLimit } from './rate-limit-setting.ts';

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

/** `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10): a list of named quotas and their windows in seconds. */
export function policyHeader({ caller, address }: RateLimit): string {
  return Object.entries({ caller, address })
    .map(([name, { count, periodMs }]) => `"${name}";q=${count};w=${seconds(periodMs)}`)
    .join(', ');
}

/**
 * `RateLimit`: what is left of the tighter one, and until when it is whole again; after a refusal until one more is
 * allowed, the same moment as `Retry-After`.
 */
export function rateLimitHeader(caller: Allowance, address: Allowance): string {
  const tighter = tighterOf(caller, address);
  const { remaining, retryAfterMs, resetMs } = tighter;
  const name = tighter === caller ? 'caller' : 'address';
  return `"${name}";r=${remaining};t=${seconds(retryAfterMs > 0 ? retryAfterMs : resetMs)}`;
}

export function tighterOf(caller: Allowance, address: Allowance): Allowance {
  if (caller.retryAfterMs !== address.retryAfterMs)
    return caller.retryAfterMs > address.retryAfterMs ? caller : address;
  return address.remaining < caller.remaining ? address : caller;
}
