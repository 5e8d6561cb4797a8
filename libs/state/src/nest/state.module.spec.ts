import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { SHUTDOWN_STEPS, type WithShutdownSteps } from '@nestfleet/timing';
import { StateError, type Counters, type Idempotency, type Leases, type Limits, type Sessions } from '../index.ts';
import type { Values, Visits } from '../index.ts';
import {
  InjectCounters,
  InjectIdempotency,
  InjectLeases,
  InjectLimits,
  InjectSessions,
  InjectState,
  InjectValues,
  InjectVisits,
  StateHealthIndicator,
  StateModule,
  stateToken,
} from '../nest.ts';
import type { State } from '../state.ts';
import { openMemoryState } from '../testing.ts';
import { StateOwner } from './state.owner.ts';

@Injectable()
class Probe {
  readonly state: State;
  readonly parts: readonly unknown[];

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
    this.parts = [sessions, counters, values, visits, leases, idempotency, limits];
  }
}

@Injectable()
class TwoStores {
  @InjectState() readonly main!: State;
  @InjectState('cache') readonly cache!: State;
  @InjectValues('cache') readonly cached!: Values;
}

const partsOf = (state: State): readonly unknown[] => {
  const { sessions, counters, values, visits, leases, idempotency, limits } = state;
  return [sessions, counters, values, visits, leases, idempotency, limits];
};

/** A state that says what became of it. */
function watchedState(changes: Partial<State> = {}) {
  const events: string[] = [];
  const state: State = {
    ...openMemoryState(),
    ready: async () => void events.push('ready'),
    close: async () => void events.push('close'),
    ...changes,
  };
  return { state, events };
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function appOf(imports: ModuleMetadata['imports'], providers: ModuleMetadata['providers'] = []) {
  const app = await Test.createTestingModule({ imports: imports ?? [], providers: [...providers] }).compile();
  ends.push(() => app.close());
  return app.init();
}

describe('StateModule', () => {
  it.each([
    ['forRoot', (open: () => State) => StateModule.forRoot({ open })],
    ['forRootAsync', (open: () => State) => StateModule.forRootAsync({ useFactory: async () => ({ open }) })],
  ])('%s opens a state, gives it and its parts to any module, and closes it', async (_name, module) => {
    const { state, events } = watchedState();
    const app = await appOf([module(() => state)], [Probe]);
    const probe = app.get(Probe);
    expect(probe.state).toBe(state);
    expect(probe.parts).toEqual(partsOf(state));
    expect(events).toEqual(['ready']);
    await app.close();
    expect(events).toEqual(['ready', 'close']);
  });

  it('opens a state from plain settings, and the application starts although nobody answers there', async () => {
    const settings = { redisUrl: 'redis://127.0.0.1:1', namespace: 'unit', readyWithinMs: 20 };
    const app = await appOf([StateModule.forRoot(settings)], [Probe]);
    await expect(app.get(Probe).state.counters.add('x')).rejects.toMatchObject({ code: 'state_unavailable' });
  });

  it('leaves a state that is open already to its owner', async () => {
    const { state, events } = watchedState();
    const app = await appOf([StateModule.forRoot({ state })], [Probe]);
    expect(app.get(Probe).state).toBe(state);
    await app.close();
    expect(events).toEqual([]);
  });

  it('tells two states by their names', async () => {
    const [main, cache] = [watchedState(), watchedState()];
    const named = StateModule.forRootAsync({ name: 'cache', useFactory: () => ({ open: () => cache.state }) });
    const app = await appOf([StateModule.forRoot({ open: () => main.state }), named], [TwoStores]);
    const stores = app.get(TwoStores);
    expect([stores.main, stores.cache, stores.cached]).toEqual([main.state, cache.state, cache.state.values]);
    expect(stores.main).not.toBe(stores.cache);
    await app.close();
    expect([main.events, cache.events]).toEqual([
      ['ready', 'close'],
      ['ready', 'close'],
    ]);
  });

  it('gives the module of a feature the state under names of its own', async () => {
    const state = openMemoryState();
    const cache = openMemoryState();

    @Injectable()
    class Billing {
      @InjectCounters('billing') readonly counters!: Counters;
      @InjectValues('prices') readonly prices!: Values;
      @InjectCounters() readonly all!: Counters;
    }

    const stores = [StateModule.forRoot({ state }), StateModule.forRoot({ state: cache, name: 'cache' })];
    const features = [StateModule.forFeature('billing'), StateModule.forFeature('prices', { of: 'cache' })];
    const app = await appOf([...stores, ...features], [Billing]);
    const billing = app.get(Billing);
    await billing.counters.add('sent', 3);
    await billing.prices.put('tea', '4');
    expect(await state.counters.read('billing:sent')).toBe(3);
    expect((await cache.values.get('prices:tea'))?.value).toBe('4');
    expect(billing.all).toBe(state.counters);
  });

  it.each([
    ['without a name', undefined],
    ['with the name "cache"', 'cache'],
  ])('of two %s the start is refused', async (which, name) => {
    const module = () => StateModule.forRoot({ open: openMemoryState, name });
    await expect(appOf([module(), module()])).rejects.toMatchObject({
      code: 'state_registered_twice',
      message: `StateModule.forRoot is imported 2 times ${which}`,
    });
  });

  it('ends the start with what no time heals', async () => {
    const newer = new StateError('state_layout_newer', 'layout 3');
    const { state } = watchedState({ ready: () => Promise.reject(newer) });
    await expect(appOf([StateModule.forRoot({ open: () => state })])).rejects.toBe(newer);
  });

  it('is ready for readiness once its store is, however long the start waited', async () => {
    const there = Promise.withResolvers<void>();
    const { state } = watchedState({ ready: () => there.promise });
    const app = await appOf([StateModule.forRoot({ open: () => state, readyWithinMs: 1 })]);
    const owner: WithShutdownSteps = app.get(StateOwner);
    let isReady = false;
    const ready = owner[SHUTDOWN_STEPS].firstReady?.().then(() => (isReady = true));
    await new Promise(setImmediate);
    expect(isReady).toBe(false);
    there.resolve();
    await ready;
    expect(isReady).toBe(true);
  });

  it('closes without a fault where its store was never there', async () => {
    const there = Promise.withResolvers<void>();
    const close = async () => there.reject(new Error('closed'));
    const { state } = watchedState({ ready: () => there.promise, close });
    const app = await appOf([StateModule.forRoot({ open: () => state, readyWithinMs: 1 })]);
    const owner: WithShutdownSteps = app.get(StateOwner);
    await app.close();
    await expect(owner[SHUTDOWN_STEPS].firstReady?.()).resolves.toBeUndefined();
  });

  it('opens nothing where a test has another state in its place', async () => {
    const { state } = watchedState();
    const opened: State[] = [];
    const open = () => opened[opened.push(openMemoryState()) - 1]!;
    const imports = [StateModule.forRoot({ open })];
    const testing = Test.createTestingModule({ imports, providers: [Probe] });
    const app = await testing.overrideProvider(stateToken()).useValue(state).compile();
    ends.push(() => app.close());
    expect(app.get(Probe).parts).toEqual(partsOf(state));
    expect(opened).toEqual([]);
  });
});

describe('the health indicator of the state', () => {
  it.each([
    ['answers', async () => 1.6, { state: { status: 'up', ping_ms: 2 } }],
    [
      'is away',
      () => Promise.reject(new StateError('state_unavailable', 'connect ECONNREFUSED redis.internal:6379')),
      { state: { status: 'degraded', message: 'state_unavailable' } },
    ],
  ])('of a store that %s', async (_what, checkWrites, expected) => {
    const { state } = watchedState({ checkWrites });
    const app = await appOf([StateModule.forRoot({ state })]);
    expect(await app.get(StateHealthIndicator).isHealthy()).toEqual(expected);
  });

  it('asks the state with the name', async () => {
    const cache = watchedState({ checkWrites: () => Promise.reject(new StateError('state_memory_low', 'full')) });
    const named = StateModule.forRoot({ state: cache.state, name: 'cache' });
    const app = await appOf([StateModule.forRoot({ open: openMemoryState }), named]);
    const indicator = app.get(StateHealthIndicator);
    expect(await indicator.isHealthy('store')).toEqual({ store: { status: 'up', ping_ms: 0 } });
    const low = { store: { status: 'degraded', message: 'state_memory_low' } };
    expect(await indicator.isHealthy('store', 'cache')).toEqual(low);
  });
});
