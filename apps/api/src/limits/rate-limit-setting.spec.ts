import { describe, expect, it } from '@jest/globals';
import { parseRateLimit, rateLimitSetting } from './rate-limit-setting.ts';

const shown = (text: string) =>
  parseRateLimit(text).map(({ name, of, rate: { count, periodMs } }) => [name, of, count, periodMs]);
const quotas = (caller: number, address: number, periodMs: number, suffix = '') => [
  [`caller${suffix}`, 'caller', caller, periodMs],
  [`address${suffix}`, 'address', address, periodMs],
];

describe('RATE_LIMIT', () => {
  it.each([
    ['100/60s', quotas(100, 1_000, 60_000)],
    ['100/m', quotas(100, 1_000, 60_000)],
    ['100/m;burst=100', quotas(100, 1_000, 60_000)],
    ['600/10m;burst=50', [...quotas(600, 6_000, 600_000), ...quotas(50, 500, 50_000, '-burst')]],
    ['5/1s;address=5', quotas(5, 5, 1_000)],
    ['5/h;address=20;burst=2', [...quotas(5, 20, 3_600_000), ...quotas(2, 8, 1_440_000, '-burst')]],
    ['100/60s;burst=7', [...quotas(100, 1_000, 60_000), ...quotas(7, 70, 4_000, '-burst')]],
    ['100/10s;burst=11', [...quotas(100, 1_000, 10_000), ...quotas(11, 110, 1_000, '-burst')]],
  ])('%s', (text, expected) => expect(shown(text)).toEqual(expected));

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

  it.each(['100/60s;burst=1;burst=2', '100/60s;address=99', '100/60s;burst=101', '100/1s;burst=50', '2/2d'])(
    'refuses %s',
    (text) => expect(rateLimitSetting.safeParse(text).success).toBe(false),
  );
});
