import { describe, expect, it } from '@jest/globals';
import type { FleetState } from '@nestfleet/contracts';
import { fleetTable, formatAge } from './table.ts';

const state: FleetState = {
  schema: 1,
  supervisor: { pid: 1, started_at_ms: 0 },
  namespace: 'nf',
  public_url: null,
  servers: [{ name: 'redis', pid: 9, started_at_ms: 0, url: 'redis://127.0.0.1:1', version: '7.0.15' }],
  replicas: [10, 2].map((slot) => ({
    service: 'api',
    slot: String(slot),
    name: `api-${slot}`,
    pid: slot,
    started_at_ms: 0,
    instance_id: null,
    ports: { http: slot === 2 ? 4_000 : null, rpc: null, control: null, metrics: null },
    state: 'ready' as const,
    restarts: 0,
  })),
};

describe('fleetTable', () => {
  it('has one aligned line per process, in the order of the slots', () => {
    expect(fleetTable(state, 5_000, new Set(['api-10']))).toEqual([
      'NAME    STATE    PID  AGE  RESTARTS  HTTP  RPC  CONTROL  METRICS',
      'api-2   ready    2    5 s  0         4000  -    -        -',
      'api-10  drained  10   5 s  0         -     -    -        -',
      expect.stringMatching(/^redis +running +9 +5 s +redis:\/\/127.0.0.1:1 \(7.0.15\)$/),
    ]);
  });
});

describe('formatAge', () => {
  it.each([
    [-5, '0 s'],
    [119_999, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('%d ms is %s', (ageMs, words) => {
    expect(formatAge(ageMs)).toBe(words);
  });
});
