import { describe, expect, it } from '@jest/globals';
import { DrainEvidence, type DrainFacts } from '../lifecycle/drain-evidence.ts';
import { drainDelayOf, drainDelayVerdict } from './drain-delay.ts';

const shown: DrainFacts = { elapsedMs: 1_900, sinceMaintenanceMs: 1_800, hasCheckFailed: true, idleMs: 1_900 };

describe('drainDelayVerdict', () => {
  it.each([
    ['no load balancer', ['none'] as const, 0, { elapsedMs: 0, idleMs: 0 }, 'time'],
    ['its full time, whatever is known', ['haproxy'] as const, 3_000, { elapsedMs: 3_000, idleMs: 0 }, 'time'],
    ['a load balancer that checks has seen the 404, and no request comes', ['haproxy'] as const, 3_000, {}, 'evidence'],
    [
      'a gateway that watches, and no request comes',
      ['gateway'] as const,
      1_000,
      { elapsedMs: 600, sinceMaintenanceMs: 580 },
      'evidence',
    ],
    ['a gateway needs no check', ['gateway'] as const, 1_000, { elapsedMs: 600, hasCheckFailed: false }, 'evidence'],
  ])('is over: %s', (_name, balancers, drainDelayMs, facts, why) => {
    expect(drainDelayVerdict(balancers, drainDelayMs, { ...shown, ...facts })).toEqual({ over: true, why });
  });

  it.each([
    ['no check of a load balancer was answered', ['haproxy'] as const, { hasCheckFailed: false }, 100],
    ['another HAProxy may not have checked yet', ['haproxy'] as const, { elapsedMs: 1_799 }, 100],
    ['requests still come', ['haproxy'] as const, { idleMs: 499 }, 100],
    ['the catalog has not confirmed it', ['gateway'] as const, { sinceMaintenanceMs: undefined }, 100],
    ['the catalog has confirmed it just now', ['gateway'] as const, { sinceMaintenanceMs: 249 }, 100],
    ['one of two does not know', ['haproxy', 'gateway'] as const, { sinceMaintenanceMs: undefined }, 100],
    ['the other one does not', ['gateway', 'traefik'] as const, { hasCheckFailed: false }, 100],
    ['nothing here sees all nodes', ['kubernetes'] as const, {}, 100],
    ['nor a Gateway', ['kubernetes-gateway'] as const, {}, 100],
    ['nor the load balancer of a cloud', ['kubernetes-load-balancer'] as const, {}, 100],
    ['and never waits beyond the end', ['haproxy'] as const, { elapsedMs: 2_970, hasCheckFailed: false }, 30],
  ])('goes on: %s', (_name, balancers, facts, waitMs) => {
    expect(drainDelayVerdict(balancers, 3_000, { ...shown, ...facts })).toEqual({ over: false, waitMs });
  });
});

describe('the evidence', () => {
  const at = { ms: 5_000 };
  const fresh = (): DrainEvidence => {
    at.ms = 5_000;
    return new DrainEvidence(() => at.ms);
  };

  it('counts from the 404 on', () => {
    const evidence = fresh();
    // A check that was answered before says nothing: it was a 200.
    evidence.recordFailedCheck('HAProxy');
    evidence.begin();
    at.ms += 700;
    expect(evidence.facts()).toEqual({
      elapsedMs: 700,
      sinceMaintenanceMs: undefined,
      hasCheckFailed: false,
      idleMs: 700,
    });
    evidence.recordMaintenance();
    evidence.recordRequest();
    evidence.recordFailedCheck(undefined);
    at.ms += 300;
    expect(evidence.facts()).toEqual({ elapsedMs: 1_000, sinceMaintenanceMs: 300, hasCheckFailed: true, idleMs: 300 });
  });

  it("does not take Consul's check for a load balancer's", () => {
    const evidence = fresh();
    evidence.begin();
    evidence.recordFailedCheck('Consul Health Check');
    expect(evidence.facts().hasCheckFailed).toBe(false);
  });

  it('shortens no drain delay that was set by hand', () => {
    const evidence = fresh();
    evidence.begin();
    evidence.recordMaintenance();
    evidence.recordFailedCheck('HAProxy');
    const verdict = (set: number | undefined) =>
      drainDelayOf(
        { BALANCER: ['gateway', 'haproxy'], SHUTDOWN_DRAIN_DELAY_MS: set },
        { drainDelayMs: 17_000 },
        evidence,
      )();
    at.ms += 16_990;
    expect(verdict(17_000)).toEqual({ over: false, waitMs: 10 });
    expect(verdict(undefined)).toEqual({ over: true, why: 'evidence' });
  });

  it.each([
    ['consul', { over: true, why: 'evidence' }],
    ['kubernetes', { over: false, waitMs: 100 }],
    ['dns', { over: false, waitMs: 100 }],
    ['fixed', { over: false, waitMs: 100 }],
  ] as const)(
    'takes no maintenance for confirmed where nothing was told of it: DISCOVERY=%s',
    (discovery, expected) => {
      const evidence = fresh();
      evidence.begin();
      evidence.recordMaintenance();
      at.ms += 800;
      const verdict = drainDelayOf(
        { BALANCER: ['gateway'], SHUTDOWN_DRAIN_DELAY_MS: undefined, DISCOVERY: discovery },
        { drainDelayMs: 1_000 },
        evidence,
      );
      expect(verdict()).toEqual(expected);
    },
  );
});
