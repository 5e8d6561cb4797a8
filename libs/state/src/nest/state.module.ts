import { type DynamicModule, Module } from '@nestjs/common';
import type { State } from '../state.ts';
import { COUNTERS, IDEMPOTENCY, LEASES, LIMITS, SESSIONS, STATE, VALUES, VISITS } from './decorators.ts';

/**
 * Wiring only: whoever opened the state closes it, last of all, because Nest's own shutdown order would take Redis from
 * requests that are still being answered.
 */
@Module({})
export class StateModule {
  static register(state: State): DynamicModule {
    const providers = [
      { provide: STATE, useValue: state },
      { provide: SESSIONS, useValue: state.sessions },
      { provide: COUNTERS, useValue: state.counters },
      { provide: VALUES, useValue: state.values },
      { provide: LEASES, useValue: state.leases },
      { provide: IDEMPOTENCY, useValue: state.idempotency },
      { provide: LIMITS, useValue: state.limits },
      { provide: VISITS, useValue: state.visits },
    ];
    return { module: StateModule, global: true, providers, exports: providers };
  }
}
