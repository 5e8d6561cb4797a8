import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Registrar } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { silentLog } from '../log.ts';
import { createRegistration } from './registration.ts';
import { entryOf, type ServiceDefinition } from './service-definition.ts';

const definition: ServiceDefinition = {
  service: 'api',
  slot: 'a',
  epoch: 200,
  version: '1',
  instanceName: 'api-1',
  address: '127.0.0.1',
  port: 3000,
  ports: { rpc: null, control: null, metrics: null },
};

/** A registry in memory that can be away, and that keeps what was asked of it. */
function registry() {
  const entries = new Map<string, Instance>();
  const calls: string[] = [];
  const state = { isAway: false };
  const asked = (call: string): void => {
    calls.push(call);
    if (state.isAway) throw new DiscoveryError('catalog_unavailable', 'away');
  };
  const registrar: Registrar = {
    async list() {
      asked('list');
      return [...entries.values()];
    },
    async register(entry, health) {
      asked(`register ${health}`);
      entries.set(entry.id, { ...entry, health });
    },
    async deregister(id) {
      asked(`deregister ${id}`);
      entries.delete(id);
    },
    async maintenance(id, on) {
      asked(`maintenance ${on}`);
      const entry = entries.get(id);
      if (!entry) throw new DiscoveryError('catalog_refused', 'unknown id');
      entries.set(id, { ...entry, health: on ? 'maintenance' : 'passing' });
    },
    async beat(id) {
      asked('beat');
      if (!entries.has(id)) throw new DiscoveryError('catalog_unavailable', 'unknown id');
    },
  };
  return { entries, calls, state, registrar };
}

function setUp(change: Partial<ServiceDefinition> = {}) {
  const memory = registry();
  const stop = new AbortController();
  const entry = entryOf({ ...definition, ...change });
  const registration = createRegistration({
    entry,
    registrar: memory.registrar,
    log: silentLog,
    random: () => 0.5,
    signal: stop.signal,
  });
  return { ...memory, registration, stop, entry };
}

const id = 'api-a-200';
const TICK_MS = 4_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('announce', () => {
  it('registers born passing, once', async () => {
    const { registration, calls, entries } = setUp();
    registration.announce();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['list', 'register passing']);
    expect(entries.get(id)?.health).toBe('passing');
  });

  it('retries with growing pauses until the registry is there, and never throws (pain 1)', async () => {
    const { registration, calls, state, entries } = setUp();
    state.isAway = true;
    expect(() => registration.announce()).not.toThrow();
    await jest.advanceTimersByTimeAsync(2_000);
    const attempts = calls.length;
    expect(attempts).toBeGreaterThanOrEqual(4);
    expect(attempts).toBeLessThanOrEqual(7);
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(entries.has(id)).toBe(true);
  });

  it('writes again what was wiped or changed, within one look (pain 1)', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    entries.clear();
    await jest.advanceTimersByTimeAsync(TICK_MS);
    expect(entries.has(id)).toBe(true);
    entries.set(id, { ...(entries.get(id) as Instance), port: 1 });
    await jest.advanceTimersByTimeAsync(TICK_MS);
    expect(entries.get(id)?.port).toBe(3000);
    await jest.advanceTimersByTimeAsync(TICK_MS);
    expect(calls.filter((call) => call.startsWith('register'))).toHaveLength(3);
  });

  it('leaves its own critical entry alone: it is the check that says so (pain 4)', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    entries.set(id, { ...(entries.get(id) as Instance), health: 'critical' });
    await jest.advanceTimersByTimeAsync(TICK_MS);
    expect(calls).toEqual(['list', 'register passing', 'list']);
  });

  it('removes the orphans of its slot and nothing else (pain 2)', async () => {
    const { registration, entries, entry } = setUp();
    for (const [other, health] of [
      ['api-a-100', 'critical'],
      ['api-b-100', 'critical'],
      ['api-a-150', 'maintenance'],
    ] as const) {
      entries.set(other, { ...entry, id: other, port: 9, health });
    }
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect([...entries.keys()].toSorted()).toEqual(['api-a-150', 'api-a-200', 'api-b-100']);
  });

  it('stops its upkeep and leaves the entry when the discovery closes', async () => {
    const { registration, entries, calls, stop } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    stop.abort();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(2);
    expect(entries.has(id)).toBe(true);
  });
});

describe('beats', () => {
  it('come every 3 s without a port, and a lost entry is back at once', async () => {
    const { registration, entries, calls } = setUp({ port: null });
    registration.announce();
    await jest.advanceTimersByTimeAsync(3_500);
    expect(calls).toEqual(['list', 'register passing', 'beat']);
    await jest.advanceTimersByTimeAsync(1_500);
    entries.clear();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(calls.slice(-3)).toEqual(['beat', 'list', 'register passing']);
    await registration.withdraw();
    calls.length = 0;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([]);
  });
});

describe('maintenance', () => {
  it('is carried out at once and can be taken back', async () => {
    const { registration, entries } = setUp();
    registration.announce();
    await registration.maintenance(true);
    expect(entries.get(id)?.health).toBe('maintenance');
    await registration.maintenance(false);
    expect(entries.get(id)?.health).toBe('passing');
  });

  it('tells that the registry is away, and is carried out when it is back', async () => {
    const { registration, entries, state } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    state.isAway = true;
    await expect(registration.maintenance(true)).rejects.toMatchObject({ code: 'catalog_unavailable' });
    state.isAway = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(entries.get(id)?.health).toBe('maintenance');
  });

  it('never shows a draining replica as passing when it has to be written again', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await registration.maintenance(true);
    entries.clear();
    calls.length = 0;
    await jest.advanceTimersByTimeAsync(TICK_MS);
    expect(calls).toEqual(['list', 'register critical', 'maintenance true']);
  });

  it('asks nothing of the registry before the replica is announced', async () => {
    const { registration, calls } = setUp();
    await registration.maintenance(true);
    expect(calls).toEqual([]);
  });
});

describe('withdraw', () => {
  it('removes its own entry for good', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await registration.withdraw();
    expect(entries.size).toBe(0);
    expect(calls.at(-1)).toBe(`deregister ${id}`);
    registration.announce();
    await registration.maintenance(false);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(entries.size).toBe(0);
  });

  it('gives up after three attempts', async () => {
    jest.useRealTimers();
    const { registration, calls, state } = setUp();
    registration.announce();
    state.isAway = true;
    await expect(registration.withdraw()).rejects.toMatchObject({ code: 'catalog_unavailable' });
    expect(calls.filter((call) => call.startsWith('deregister'))).toHaveLength(3);
  });

  it('has nothing to do before announce', async () => {
    const { registration, calls } = setUp();
    await registration.withdraw();
    expect(calls).toEqual([]);
  });
});
