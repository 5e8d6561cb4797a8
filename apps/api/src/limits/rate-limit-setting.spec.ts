import { describe, expect, it } from '@jest/globals';
import { parseRateLimit, rateLimitSetting } from './rate-limit-setting.ts';

describe('RATE_LIMIT', () => {
  it.each([
    ['100/60s', { count: 100, periodMs: 60_000, burst: 100 }, { count: 1_000, periodMs: 60_000, burst: 1_000 }],
    ['100/m', { count: 100, periodMs: 60_000, burst: 100 }, { count: 1_000, periodMs: 60_000, burst: 1_000 }],
    ['600/10m;burst=50', { count: 600, periodMs: 600_000, burst: 50 }, { count: 6_000, periodMs: 600_000, burst: 500 }],
    ['5/1s;address=5', { count: 5, periodMs: 1_000, burst: 5 }, { count: 5, periodMs: 1_000, burst: 5 }],
    [
      '5/h;address=20;burst=2',
      { count: 5, periodMs: 3_600_000, burst: 2 },
      { count: 20, periodMs: 3_600_000, burst: 8 },
    ],
  ])('%s', (text, caller, address) => expect(parseRateLimit(text)).toEqual({ caller, address }));

  it.each(['off', '', undefined])('%s switches it off', (text) => expect(rateLimitSetting.parse(text)).toBeUndefined());

  it.each([
    '100',
    '100/',
    '/60s',
    '0/60s',
    '-1/60s',
    '1.5/s',
    '100/60',
    '100/60s;',
    '100/60s;burst=0',
    '100/60s;times=2',
  ])('refuses %s', (text) => expect(rateLimitSetting.safeParse(text).success).toBe(false));

  it.each(['100/60s;burst=1;burst=2', '100/60s;address=99', '2/2d', '99999/1s', '1/d;burst=31'])('refuses %s', (text) =>
    expect(rateLimitSetting.safeParse(text).success).toBe(false),
  );
});
