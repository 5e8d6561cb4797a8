import { describe, expect, it } from '@jest/globals';
import type { Allowance } from '@nestfleet/state';
import { policyHeader, rateLimitHeader, tightestOf } from './rate-limit-headers.ts';
import { parseRateLimit } from './rate-limit-setting.ts';

const left = (remaining: number, resetMs: number): Allowance => ({
  allowed: true,
  limit: 100,
  remaining,
  resetMs,
  retryAfterMs: 0,
});
const refused = (retryAfterMs: number): Allowance => ({ ...left(0, 60_000), allowed: false, retryAfterMs });

describe('headers of the rate limit', () => {
  it('name every quota', () => {
    expect(policyHeader(parseRateLimit('100/60s'))).toBe('"caller";q=100;w=60, "address";q=1000;w=60');
    expect(policyHeader(parseRateLimit('600/10m;burst=50'))).toBe(
      '"caller";q=600;w=600, "address";q=6000;w=600, "caller-burst";q=50;w=50, "address-burst";q=500;w=50',
    );
  });

  it.each([
    ['what is left', left(42, 1_001), left(900, 5_000), '"caller";r=42;t=2'],
    ['the tighter one', left(42, 1_000), left(7, 5_000), '"address";r=7;t=5'],
    ['the first of two alike', left(7, 1_000), left(7, 5_000), '"caller";r=7;t=1'],
    ['who refuses', refused(2_100), left(0, 5_000), '"caller";r=0;t=3'],
    ['who refuses for longer', refused(100), refused(9_000), '"address";r=0;t=9'],
  ])('say %s', (_what, caller, address, header) => {
    const answers = [
      { name: 'caller', allowance: caller },
      { name: 'address', allowance: address },
    ] as const;
    expect(rateLimitHeader(tightestOf([...answers]))).toBe(header);
  });
});
