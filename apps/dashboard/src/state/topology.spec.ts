/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { countPassing, formatAge, formatReport, scaleCommand } from './topology.ts';

describe('topology in words', () => {
  it('counts what passes', () => {
    expect(countPassing([{ health: 'passing' }, { health: 'critical' }, { health: 'maintenance' }])).toEqual({
      passing: 1,
      all: 3,
    });
  });

  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [200_000_000, '2 d'],
  ])('%i ms is %s', (ageMs, words) => {
    expect(formatAge(ageMs)).toBe(words);
  });

  it.each([
    ['serving', '4.5 requests/s, 2 in flight, lag 1.4 ms, 92 MB'],
    ['drained', 'drained, 4.5 requests/s, 2 in flight, lag 1.4 ms, 92 MB'],
  ] as const)('tells how one that is %s does', (phase, words) => {
    const load = { requests_per_second: 4.5, in_flight: 2 };
    const memory = { rss_bytes: 91_800_000, heap_used_bytes: 1 };
    const lag = { p50_ms: 0, p99_ms: 1.4 };
    expect(formatReport({ phase, load, memory, event_loop_lag: lag, upstreams: [], as_of_ms: 0 })).toBe(words);
  });

  it.each([
    ['api', 3, 'make scale N=4'],
    ['worker', 2, 'make scale SERVICE=worker N=3'],
    ['frontend-gateway', 1, null],
  ])('offers the command that adds one %s', (service, replicas, command) => {
    expect(scaleCommand(service, replicas)).toBe(command);
  });
});
