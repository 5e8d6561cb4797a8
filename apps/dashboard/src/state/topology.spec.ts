/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { countPassing, formatAge, formatEjection, formatReport, scaleCommand } from './topology.ts';

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
    ['error', 5, 8_000, 'ejected by gateway-1: 5 errors in a row, 8 s left'],
    ['timeout', 3, 60_000, 'ejected by gateway-1: 3 timeouts in a row, 1 min left'],
    ['broken', 6, 7_001, 'ejected by gateway-1: 6 broken answers in a row, 8 s left'],
    ['success_rate', 30, 9_000, 'ejected by gateway-1: 30 failures, more often than its siblings, 9 s left'],
    ['refused', 1, 0, 'ejected by gateway-1: a refused connection, waits for a probe'],
    ['refused', 2, -5_000, 'ejected by gateway-1: 2 refused connections in a row, waits for a probe'],
  ] as const)('tells who has ejected an instance for %s (%i), %i ms before its end', (why, failures, leftMs, words) => {
    const nowMs = 1_000_000;
    expect(formatEjection({ id: 'g-1', name: 'gateway-1', why, failures, until_ms: nowMs + leftMs }, nowMs)).toBe(
      words,
    );
  });

  it.each([
    ['api', 3, 'make scale N=4'],
    ['worker', 2, 'make scale SERVICE=worker N=3'],
    ['billing', 0, 'make scale SERVICE=billing N=1'],
    ['frontend-gateway', 1, null],
  ])('offers the command that adds one %s', (service, replicas, command) => {
    expect(scaleCommand(service, replicas)).toBe(command);
  });
});
