import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Counters, Idempotency, Leases, Limits, Sessions, Values, Visits } from '../index.ts';
import {
  InjectCounters,
  InjectIdempotency,
  InjectLeases,
  InjectLimits,
  InjectSessions,
  InjectState,
  InjectValues,
  InjectVisits,
  StateModule,
} from '../nest.ts';
import type { State } from '../state.ts';
import { openMemoryState } from '../testing.ts';

@Injectable()
class Probe {
  readonly state: State;
  readonly ports: readonly unknown[];

  constructor(
    @InjectState() state: State,
    @InjectSessions() sessions: Sessions,
    @InjectCounters() counters: Counters,
    @InjectValues() values: Values,
    @InjectVisits() visits: Visits,
    @InjectLeases() leases: Leases,
    @InjectIdempotency() idempotency: Idempotency,
    @InjectLimits() limits: Limits,
  ) {
    this.state = state;
    this.ports = [sessions, counters, values, visits, leases, idempotency, limits];
  }
}

describe('StateModule', () => {
  it('gives every module the state that it was registered with, and leaves closing to its owner', async () => {
    let closed = false;
    const state = { ...openMemoryState(), close: async () => void (closed = true) };
    const app = await Test.createTestingModule({
      imports: [StateModule.register(state)],
      providers: [Probe],
    }).compile();
    const probe = app.get(Probe);
    expect(probe.state).toBe(state);
    expect(probe.ports).toEqual([
      state.sessions,
      state.counters,
      state.values,
      state.visits,
      state.leases,
      state.idempotency,
      state.limits,
    ]);
    await app.close();
    expect(closed).toBe(false);
  });
});
