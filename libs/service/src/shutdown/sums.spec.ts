import { describe, expect, it } from '@jest/globals';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { leavingFault, leavingSums, noticeFault } from './sums.ts';

const config = (environment: Record<string, string>) => loadConfig(baseConfig({ httpPort: 0 }), environment);

const faultOf = (environment: Record<string, string>): string | undefined => {
  const { STOP_GRACE_MS, ...rest } = config(environment);
  return leavingFault(leavingSums(rest), STOP_GRACE_MS);
};

describe('leavingSums', () => {
  it('takes the longest notice of all front doors and adds up', () => {
    expect(leavingSums(config({ BALANCER: 'gateway,haproxy' }))).toEqual({
      noticeMs: 3_000,
      inFlightMs: 10_000,
      finishMs: 0,
      hardMs: 16_000,
    });
  });

  it.each([
    [{ BALANCER: 'none' }, 13_000],
    [{ BALANCER: 'haproxy', LEAVING_NOTICE_MS: '17000' }, 30_000],
    [{ BALANCER: 'none', LEAVING_NOTICE_MS: '500' }, 13_500],
    [{ LEAVING_IN_FLIGHT_MS: '1000', LEAVING_FINISH_MS: '5000' }, 10_000],
  ])('%j: ends after %i ms at the latest', (environment, hardMs) => {
    expect(leavingSums(config(environment)).hardMs).toBe(hardMs);
  });
});

describe('noticeFault', () => {
  it.each<Record<string, string>>([
    {},
    { BALANCER: 'haproxy', LEAVING_NOTICE_MS: '3000' },
    { BALANCER: 'gateway,none', LEAVING_NOTICE_MS: '1000' },
    { BALANCER: 'none', LEAVING_NOTICE_MS: '0' },
  ])('is none for %j', (environment) => expect(noticeFault(config(environment))).toBeUndefined());

  it('names the door that a set notice is too short for', () =>
    expect(noticeFault(config({ BALANCER: 'gateway,haproxy', LEAVING_NOTICE_MS: '2999' }))).toMatch(
      /is 2999, and haproxy may still pick a leaving replica for 3000 ms/,
    ));
});

describe('leavingFault', () => {
  it('is none where they fit with 5 s to spare, or nothing is known of the platform', () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ BALANCER: 'haproxy', STOP_GRACE_MS: '21000' })).toBeUndefined();
  });

  it.each([
    ['a second less', { BALANCER: 'haproxy', STOP_GRACE_MS: '20000' }, /is 20000, leaving needs 21000: notice 3000/],
    ["Docker's default", { STOP_GRACE_MS: '10000' }, /is 10000, leaving needs 19000/],
    ['a longer time in flight', { STOP_GRACE_MS: '21000', LEAVING_IN_FLIGHT_MS: '60000' }, /in flight 60000/],
  ])('names the sum that does not add up: %s', (_name, environment, fault) => {
    expect(faultOf(environment)).toMatch(fault);
  });
});
