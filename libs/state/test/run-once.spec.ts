import { describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type OnceTask, runOnce, type RunOnceOptions, StateError } from '../src/index.ts';
import { openMemoryState } from '../src/testing.ts';
import { WITHIN_MS } from './servers.ts';

const FAST: RunOnceOptions = { ttlMs: 60_000, pollMs: 1, backOff: { baseMs: 1, capMs: 2 } };

function taskOf(changes: Partial<OnceTask> = {}) {
  const tokens: number[] = [];
  const task: OnceTask = {
    name: 'migrations',
    version: '1',
    run: async ({ fencingToken }) => void tokens.push(fencingToken),
    ...changes,
  };
  return { task, tokens };
}

describe('runOnce', () => {
  it('runs once, whoever asks, at once or later, and again for another version', async () => {
    const memory = openMemoryState();
    let asked = 0;
    const leases: typeof memory.leases = {
      hold: (...args) => {
        asked += 1;
        return memory.leases.hold(...args);
      },
    };
    const state = { ...memory, leases };
    const tokens: number[] = [];
    const { task } = taskOf({
      // Until the others have asked in vain.
      run: async ({ fencingToken }) => {
        tokens.push(fencingToken);
        const enough = asked + 5;
        if (tokens.length === 1) await until(() => asked > enough, WITHIN_MS);
      },
    });
    await Promise.all(Array.from({ length: 5 }, () => runOnce(state, task, FAST)));
    await runOnce(state, task, FAST);
    expect(tokens).toHaveLength(1);
    await runOnce(state, { ...task, version: '2' }, FAST);
    // An older replica that starts again.
    await runOnce(state, task, FAST);
    expect(tokens).toHaveLength(2);
  });

  it('runs tasks of one name one at a time', async () => {
    const state = openMemoryState();
    let running = 0;
    const run = async () => {
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      running -= 1;
    };
    const versions = ['1', '2', '3'].map((version) => runOnce(state, taskOf({ version, run }).task, FAST));
    await Promise.all(versions);
  });

  it('believes what the work itself has left, and records it', async () => {
    const state = openMemoryState();
    let asked = 0;
    const { task, tokens } = taskOf({ isDone: async () => (asked += 1) > 0 });
    await runOnce(state, task, FAST);
    await runOnce(state, task, FAST);
    expect([tokens.length, asked]).toEqual([0, 1]);
  });

  it('tells a failure and tries again until it is done, and nobody goes on before', async () => {
    const state = openMemoryState();
    let attempts = 0;
    let isDone = false;
    const run = async () => {
      attempts += 1;
      if (attempts < 4) throw new Error(`no table ${attempts}`);
      isDone = true;
    };
    const told: string[] = [];
    const log = { info: () => undefined, error: (_fields: object, message: string) => void told.push(message) };
    const { task } = taskOf({ run });
    await Promise.all(
      [1, 2, 3].map(() => runOnce(state, task, { ...FAST, log }).then(() => expect(isDone).toBe(true))),
    );
    expect(told).toEqual(['no table 1', 'no table 2', 'no table 3']);
    expect(attempts).toBe(4);
  });

  it('waits while the store is away, told once in a row, and is done when it is back', async () => {
    const state = openMemoryState();
    let isAway = true;
    let asked = 0;
    const get = state.values.get.bind(state.values);
    const values = {
      ...state.values,
      get: async (key: string) => {
        asked += 1;
        if (isAway) throw new StateError('state_unavailable', 'away');
        return get(key);
      },
    };
    const told: object[] = [];
    const log = { info: () => undefined, error: (fields: object) => void told.push(fields) };
    const { task, tokens } = taskOf();
    const done = runOnce({ ...state, values }, task, { ...FAST, log });
    await until(() => asked > 3, WITHIN_MS);
    expect(told).toEqual([{ event: 'run_once.unavailable', name: 'migrations', version: '1' }]);
    isAway = false;
    await done;
    expect(tokens).toHaveLength(1);
  });

  it('is not done again where only its record could not be written', async () => {
    const state = openMemoryState();
    let refused = 0;
    const values: typeof state.values = {
      ...state.values,
      put: async (...args) => {
        if (args[1].includes('"done"') && (refused += 1) <= 2) throw new StateError('state_unavailable', 'away');
        return state.values.put(...args);
      },
    };
    const { task, tokens } = taskOf();
    await runOnce({ ...state, values }, task, FAST);
    expect([tokens.length, refused]).toEqual([1, 3]);
    await runOnce(state, task, FAST);
    expect(tokens).toHaveLength(1);
  });

  it('is done again where its lease was lost: it may have stopped in the middle', async () => {
    const state = openMemoryState();
    let held = 0;
    const lost = new AbortController();
    const leases: typeof state.leases = {
      hold: (_name, _options, work) =>
        work({ fencingToken: (held += 1), signal: held === 1 ? lost.signal : new AbortController().signal }),
    };
    const ends: boolean[] = [];
    const run = async ({ signal }: { signal: AbortSignal }) => {
      if (ends.length === 0) lost.abort(new StateError('lease_lost', 'paused'));
      ends.push(!signal.aborted);
    };
    await runOnce({ ...state, leases }, taskOf({ run }).task, FAST);
    expect(ends).toEqual([false, true]);
  });

  it('records nothing for a holder behind whom a later one has begun', async () => {
    const state = openMemoryState();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // Leases that each of both believes to have.
    let token = 0;
    const own = () => ({ fencingToken: (token += 1), signal: new AbortController().signal });
    const leases: typeof state.leases = { hold: (_name, _options, work) => work(own()) };
    const begun: number[] = [];
    const run = async ({ fencingToken }: { fencingToken: number }) => {
      begun.push(fencingToken);
      if (fencingToken === 1) await first.promise;
      if (fencingToken === 2) await second.promise;
    };
    const ended: string[] = [];
    const { task } = taskOf({ run });
    const paused = runOnce({ ...state, leases }, task, FAST).then(() => ended.push('paused'));
    await until(() => begun.length === 1, WITHIN_MS);
    const later = runOnce({ ...state, leases }, task, FAST).then(() => ended.push('later'));
    await until(() => begun.length === 2, WITHIN_MS);
    first.resolve();
    // It tries again with a new token of its own, which goes on before the second one has ended.
    await paused;
    expect(begun).toEqual([1, 2, 3]);
    second.resolve();
    await later;
    expect(begun).toEqual([1, 2, 3]);
  });

  it('ends its waiting by a signal', async () => {
    const state = openMemoryState();
    const closing = new AbortController();
    const { task } = taskOf({ run: () => Promise.reject(new Error('never')) });
    const waiting = runOnce(state, task, {
      ...FAST,
      backOff: { baseMs: 60_000, capMs: 60_000 },
      signal: closing.signal,
    });
    closing.abort();
    await expect(waiting).resolves.toBeUndefined();
  });

  it.each([
    ['a lease that cannot be', { ttlMs: 1 }, {}, 'invalid_lease'],
    ['a name that is no key', {}, { name: 'a b' }, 'invalid_key'],
  ])('rejects at once with %s', async (_what, options, changes, code) => {
    const { task } = taskOf(changes);
    await expect(runOnce(openMemoryState(), task, { ...FAST, ...options })).rejects.toMatchObject({ code });
  });
});
