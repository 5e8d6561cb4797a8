import { describe, expect, it } from '@jest/globals';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { balancerFault, drainDelayFault, gracePeriodFault, shutdownTimeouts } from './timeouts.ts';

const config = (environment: Record<string, string>) => loadConfig(baseConfig({ httpPort: 0 }), environment);

const faultOf = (environment: Record<string, string>): string | undefined => {
  const { STOP_GRACE_MS, ...rest } = config(environment);
  return gracePeriodFault(shutdownTimeouts(rest), STOP_GRACE_MS);
};

describe('shutdownTimeouts', () => {
  it('takes the longest drain delay of all load balancers and adds up', () => {
    expect(shutdownTimeouts(config({ BALANCER: 'gateway,haproxy' }))).toEqual({
      drainDelayMs: 3_000,
      inFlightMs: 10_000,
      finishMs: 0,
      hardMs: 16_000,
    });
  });

  it.each([
    [{ BALANCER: 'none' }, 13_000],
    [{ BALANCER: 'kubernetes' }, 18_000],
    [{ BALANCER: 'kubernetes-gateway' }, 23_000],
    [{ BALANCER: 'kubernetes,kubernetes-load-balancer' }, 43_000],
    [{ BALANCER: 'haproxy', SHUTDOWN_DRAIN_DELAY_MS: '17000' }, 30_000],
    [{ BALANCER: 'none', SHUTDOWN_DRAIN_DELAY_MS: '500' }, 13_500],
    [{ SHUTDOWN_IN_FLIGHT_MS: '1000', SHUTDOWN_FINISH_MS: '5000' }, 10_000],
  ])('%j: ends after %i ms at the latest', (environment, hardMs) => {
    expect(shutdownTimeouts(config(environment)).hardMs).toBe(hardMs);
  });
});

describe('drainDelayFault', () => {
  it.each<Record<string, string>>([
    {},
    { BALANCER: 'haproxy', SHUTDOWN_DRAIN_DELAY_MS: '3000' },
    { BALANCER: 'gateway,none', SHUTDOWN_DRAIN_DELAY_MS: '1000' },
    { BALANCER: 'none', SHUTDOWN_DRAIN_DELAY_MS: '0' },
  ])('is none for %j', (environment) => expect(drainDelayFault(config(environment))).toBeUndefined());

  it('names the load balancer that a set drain delay is too short for', () =>
    expect(drainDelayFault(config({ BALANCER: 'gateway,haproxy', SHUTDOWN_DRAIN_DELAY_MS: '2999' }))).toMatch(
      /is 2999, and haproxy may still pick a draining replica for 3000 ms/,
    ));
});

describe('balancerFault', () => {
  it.each<Record<string, string>>([
    {},
    { DISCOVERY: 'dns' },
    { DISCOVERY: 'fixed' },
    { DISCOVERY: 'kubernetes', BALANCER: 'kubernetes' },
    { DISCOVERY: 'kubernetes', BALANCER: 'gateway,kubernetes' },
    { DISCOVERY: 'kubernetes', BALANCER: 'none' },
    { DISCOVERY: 'kubernetes', SHUTDOWN_DRAIN_DELAY_MS: '1000' },
  ])('is none for %j', (environment) => expect(balancerFault(config(environment))).toBeUndefined());

  it('asks a pod for what stands before it', () =>
    expect(balancerFault(config({ DISCOVERY: 'kubernetes' }))).toMatch(/^BALANCER: is gateway, .* name kubernetes,/));
});

describe('gracePeriodFault', () => {
  it('is none where they fit with 5 s to spare, or nothing is known of the platform', () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ BALANCER: 'haproxy', STOP_GRACE_MS: '21000' })).toBeUndefined();
  });

  it.each([
    [
      'a second less',
      { BALANCER: 'haproxy', STOP_GRACE_MS: '20000' },
      /is 20000, the shutdown needs 21000: drain delay 3000/,
    ],
    ["Docker's default", { STOP_GRACE_MS: '10000' }, /is 10000, the shutdown needs 19000/],
    ['a longer time in flight', { STOP_GRACE_MS: '21000', SHUTDOWN_IN_FLIGHT_MS: '60000' }, /in flight 60000/],
  ])('names the sum that does not add up: %s', (_name, environment, fault) => {
    expect(faultOf(environment)).toMatch(fault);
  });
});
