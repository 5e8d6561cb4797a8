import { describe, expect, it } from '@jest/globals';
import type { FleetState } from '@nestfleet/contracts';
import { startTime } from '../process/identity.ts';
import { orphansOf } from './orphans.ts';

/** A state in which one server has this pid and start time. */
const stateWith = (pid: number, startedAtMs: number): FleetState => ({
  schema: 1,
  supervisor: { pid: 0, started_at_ms: 0 },
  namespace: 'nf',
  public_url: null,
  servers: [{ name: 'redis', pid, started_at_ms: startedAtMs, url: '', version: '' }],
  replicas: [],
});

describe('orphansOf', () => {
  const startedAtMs = startTime(process.pid) ?? 0;

  it('finds what still runs', () => {
    expect(orphansOf(stateWith(process.pid, startedAtMs)).servers).toEqual([
      { name: 'redis', pid: process.pid, startedAtMs },
    ]);
  });

  it('never takes a process that got the pid later', () => {
    expect(orphansOf(stateWith(process.pid, startedAtMs - 60_000)).servers).toEqual([]);
  });

  it('leaves out what never started', () => {
    expect(orphansOf(stateWith(0, 0)).servers).toEqual([]);
  });
});
