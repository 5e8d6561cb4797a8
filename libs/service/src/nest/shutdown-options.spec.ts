import { describe, expect, it } from '@jest/globals';
import { shutdownTimeouts } from '../shutdown/timeouts.ts';
import { type AppFacts, settingsOf, type ShutdownOptions } from './shutdown-options.ts';

const app: AppFacts = { hasHttp: true, isInCatalog: false, finishMs: 0 };
const delayMs = (options: ShutdownOptions, facts: Partial<AppFacts> = {}): number =>
  shutdownTimeouts(settingsOf(options, { ...app, ...facts })).drainDelayMs;

describe('settingsOf', () => {
  it.each<[string, ShutdownOptions, Partial<AppFacts>, number]>([
    ['of a load balancer that nobody has named', {}, {}, 3_000],
    ['of the slowest one that is named', { balancers: ['gateway', 'kubernetes'] }, {}, 5_000],
    ['none where nothing routes to it', { balancers: [] }, {}, 0],
    ['the one that is set', { balancers: ['haproxy'], drainDelayMs: 17_000 }, {}, 17_000],
    ['0, set', { drainDelayMs: 0 }, {}, 0],
    ['none without HTTP', {}, { hasHttp: false }, 0],
    ['of callers by the catalog, without HTTP', {}, { hasHttp: false, isInCatalog: true }, 1_000],
  ])('has the drain delay %s', (_name, options, facts, expectedMs) => {
    expect(delayMs(options, facts)).toBe(expectedMs);
  });

  it('waits in full for a load balancer that nobody has named', () => {
    expect(settingsOf({}, app).SHUTDOWN_DRAIN_DELAY_MS).toBe(3_000);
    expect(settingsOf({ balancers: ['haproxy'] }, app).SHUTDOWN_DRAIN_DELAY_MS).toBeUndefined();
  });

  it('adds what the modules say to the hard deadline, unless told', () => {
    const facts = { ...app, finishMs: 28_000 };
    const all = [{}, { finishMs: 1_000 }].map((options) => settingsOf({ balancers: ['none'], ...options }, facts));
    expect(all.map((settings) => shutdownTimeouts(settings).hardMs)).toEqual([41_000, 14_000]);
  });
});
