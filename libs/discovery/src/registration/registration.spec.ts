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

/** A registry in memory that can be unreachable, and that keeps what was asked of it. */
function registry() {
  const entries = new Map<string, Instance>();
  const calls: string[] = [];
  /** `copies`: our entry as other agents hold it. */
  const state = { isUnreachable: false, isRefused: false, copies: [] as string[], sweepError: undefined as unknown };
  const asked = (call: string): void => {
    calls.push(call);
    if (state.isRefused) throw new DiscoveryError('catalog_refused', 'answered 403');
    if (state.isUnreachable) throw new DiscoveryError('catalog_unavailable', 'unreachable');
  };
  const registrar: Registrar = {
    async list() {
      asked('list');
      return [...entries.values()];
    },
    async find(wanted) {
      asked('find');
      return entries.get(wanted);
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
    async heartbeat(id) {
      asked('heartbeat');
      if (!entries.has(id)) throw new DiscoveryError('catalog_unavailable', 'unknown id');
    },
    async sweep(entry, isOrphan) {
      asked('sweep');
      const where = { isOnOurNode: false, isUnknown: false };
      const listed = [...entries.values()]
        .filter((other) => other.id !== entry.id)
        .map((other) => ({ ...other, ...where }));
      const verdicts = await Promise.all(listed.map(isOrphan));
      const gone = listed.filter((_, index) => verdicts[index]).map((other) => other.id);
      for (const other of gone) entries.delete(other);
      const removed = [...gone, ...state.copies.splice(0)];
      return { removed, settled: entries.size === 1 && removed.length === 0, error: state.sweepError };
    },
  };
  return { entries, calls, state, registrar };
}

function setUp(change: Partial<ServiceDefinition> = {}) {
  const memory = registry();
  const stop = new AbortController();
  const entry = entryOf({ ...definition, ...change });
  const warned: unknown[] = [];
  const registration = createRegistration({
    entry,
    registrar: memory.registrar,
    log: { ...silentLog, warn: (fields) => warned.push(fields) },
    ask: async ({ port }) => (port === SERVING_PORT ? { status: 404 } : undefined),
    random: () => 0.5,
    nowMs: () => performance.now(),
    signal: stop.signal,
  });
  return { ...memory, registration, stop, entry, warned };
}

const id = 'api-a-200';
const LOOK_MS = 1_000;
const SWEEP_MS = 5_000;
const SERVING_PORT = 9;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('announce', () => {
  it('registers as passing, once', async () => {
    const { registration, calls, entries } = setUp();
    registration.announce();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['find', 'register passing', 'sweep']);
    expect(entries.get(id)?.health).toBe('passing');
  });

  it('retries with growing pauses until the registry is there, and never throws', async () => {
    const { registration, calls, state, entries } = setUp();
    state.isUnreachable = true;
    expect(() => registration.announce()).not.toThrow();
    await jest.advanceTimersByTimeAsync(2_000);
    const attempts = calls.length;
    expect(attempts).toBeGreaterThanOrEqual(4);
    expect(attempts).toBeLessThanOrEqual(8);
    state.isUnreachable = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(entries.has(id)).toBe(true);
  });

  it('tells once that the registry refuses us, and for how long it does', async () => {
    const { registration, state, warned } = setUp();
    expect(registration.error).toBeUndefined();
    state.isUnreachable = true;
    registration.announce();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(registration.error).toMatchObject({ code: 'catalog_unavailable' });
    state.isRefused = true;
    await jest.advanceTimersByTimeAsync(30_000);
    expect(registration.error).toMatchObject({ code: 'catalog_refused' });
    expect(warned).toEqual([
      { event: 'registration.failed', instance_id: id, code: 'catalog_unavailable', reason: 'unreachable' },
      { event: 'registration.failed', instance_id: id, code: 'catalog_refused', reason: 'answered 403' },
    ]);
    Object.assign(state, { isUnreachable: false, isRefused: false });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(registration.error).toBeUndefined();
    state.isRefused = true;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(warned).toHaveLength(3);
    await Promise.all([expect(registration.withdraw()).rejects.toThrow('403'), jest.advanceTimersByTimeAsync(10_000)]);
    expect(registration.error).toBeUndefined();
  });

  it('tells once that stale entries cannot be removed', async () => {
    const { registration, state, warned } = setUp();
    state.sweepError = new Error('answered 403');
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect(warned).toEqual([]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warned).toEqual([{ event: 'registration.sweep_failed', instance_id: id, reason: 'answered 403' }]);
  });

  it('writes again what was wiped or changed, within one reconciliation', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    entries.clear();
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(entries.has(id)).toBe(true);
    entries.set(id, { ...(entries.get(id) as Instance), port: 1 });
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(entries.get(id)?.port).toBe(3000);
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(calls.filter((call) => call.startsWith('register'))).toHaveLength(3);
  });

  it('leaves its own critical entry alone: it is the check that says so', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    entries.set(id, { ...(entries.get(id) as Instance), health: 'critical' });
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(calls).toEqual(['find', 'register passing', 'sweep', 'find']);
  });

  it('asks seldom, and without hurry, a registry that refuses', async () => {
    const { registration, calls, registrar } = setUp();
    registrar.find = async () => {
      calls.push('find');
      throw new DiscoveryError('catalog_refused', 'Permission denied');
    };
    registration.announce();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.length).toBeLessThan(25);
  });

  it('removes the orphans of its slot and nothing else', async () => {
    const { registration, entries, entry } = setUp();
    for (const [other, health] of [
      ['api-a-100', 'critical'],
      ['api-b-100', 'critical'],
      ['api-a-150', 'maintenance'],
    ] as const) {
      const port = health === 'maintenance' ? SERVING_PORT : 8;
      entries.set(other, { ...entry, id: other, port, health });
    }
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect([...entries.keys()].toSorted()).toEqual(['api-a-150', 'api-a-200', 'api-b-100']);
  });

  it('sweeps its slot soon while it is not alone in it, then every five seconds', async () => {
    const { registration, entries, entry, calls } = setUp();
    entries.set('api-a-150', { ...entry, id: 'api-a-150', port: SERVING_PORT, health: 'passing' });
    registration.announce();
    const sweepsIn = async (ms: number): Promise<number> => {
      calls.length = 0;
      await jest.advanceTimersByTimeAsync(ms);
      return calls.filter((call) => call === 'sweep').length;
    };
    await expect(sweepsIn(700)).resolves.toBe(3);
    await expect(sweepsIn(60_000)).resolves.toBeLessThan(30);
    entries.delete('api-a-150');
    await jest.advanceTimersByTimeAsync(SWEEP_MS);
    await expect(sweepsIn(4 * SWEEP_MS)).resolves.toBe(4);
  });

  it('reconciles its own entry at once after a copy of it was removed from another agent', async () => {
    const { registration, calls, state } = setUp();
    state.copies.push(id);
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    expect(calls).toEqual(['find', 'register passing', 'sweep', 'find', 'sweep']);
  });

  it('stays although its slot cannot be swept', async () => {
    const { registration, calls, registrar, entries } = setUp();
    registrar.sweep = async () => {
      throw new DiscoveryError('catalog_unavailable', 'No cluster leader');
    };
    registration.announce();
    await expect(registration.maintenance(false)).resolves.toBeUndefined();
    await jest.advanceTimersByTimeAsync(20_000);
    expect(entries.has(id)).toBe(true);
    expect(calls.filter((call) => call.startsWith('register'))).toHaveLength(1);
  });

  it('stops reconciling and leaves the entry when the discovery closes', async () => {
    const { registration, entries, calls, stop } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    stop.abort();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(calls).toHaveLength(3);
    expect(entries.has(id)).toBe(true);
  });
});

describe('heartbeats', () => {
  it('come every 3 s without a port, and a lost entry is back at once', async () => {
    const { registration, entries, calls } = setUp({ port: null });
    registration.announce();
    await jest.advanceTimersByTimeAsync(5_900);
    expect(calls.filter((call) => call === 'heartbeat')).toHaveLength(1);
    entries.clear();
    calls.length = 0;
    // Sooner than the next look.
    await jest.advanceTimersByTimeAsync(100);
    expect(calls).toEqual(['heartbeat', 'find', 'register passing', 'sweep']);
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

  it('rejects while the registry is unreachable, and is reconciled when it is back', async () => {
    const { registration, entries, state } = setUp();
    registration.announce();
    await jest.advanceTimersByTimeAsync(0);
    state.isUnreachable = true;
    await expect(registration.maintenance(true)).rejects.toMatchObject({ code: 'catalog_unavailable' });
    state.isUnreachable = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(entries.get(id)?.health).toBe('maintenance');
  });

  it('never shows a draining replica as passing when it has to be written again', async () => {
    const { registration, entries, calls } = setUp();
    registration.announce();
    await registration.maintenance(true);
    entries.clear();
    calls.length = 0;
    await jest.advanceTimersByTimeAsync(LOOK_MS);
    expect(calls).toEqual(['find', 'register critical', 'maintenance true', 'sweep']);
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
    state.isUnreachable = true;
    await expect(registration.withdraw()).rejects.toMatchObject({ code: 'catalog_unavailable' });
    expect(calls.filter((call) => call.startsWith('deregister'))).toHaveLength(3);
  });

  it('has nothing to do before announce', async () => {
    const { registration, calls } = setUp();
    await registration.withdraw();
    expect(calls).toEqual([]);
  });
});
