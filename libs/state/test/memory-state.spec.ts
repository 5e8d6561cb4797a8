import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type State, StateError, type StoredResponse } from '../src/index.ts';
import { openMemoryState } from '../src/testing.ts';
import type { StateUnderTest } from './cases/case.ts';
import { stateCases } from './cases/state-cases.ts';

const SESSION_TTL_MS = 10_000;
const SESSION_MAX_MS = 30_000;

/** @param wrap puts faults in */
function memoryState(wrap: (state: State) => State = (state) => state): () => Promise<StateUnderTest> {
  return async () => {
    let nowMs = 1_000_000;
    const state = openMemoryState({
      sessionTtlMs: SESSION_TTL_MS,
      sessionMaxMs: SESSION_MAX_MS,
      nowMs: () => nowMs,
    });
    const pass = async (ms: number) => void (nowMs += ms);
    return { state: wrap(state), sessionTtlMs: SESSION_TTL_MS, sessionMaxMs: SESSION_MAX_MS, pass };
  };
}

async function failures(make: () => Promise<StateUnderTest>): Promise<string[]> {
  const failed = await Promise.all(
    stateCases.map(({ name, run }) =>
      run(make).then(
        () => [],
        () => [name],
      ),
    ),
  );
  return failed.flat();
}

describe('state in memory', () => {
  it.each(stateCases.map(({ name, run }) => [name, run] as const))('%s', async (_name, run) => {
    await expect(run(memoryState())).resolves.toBeUndefined();
  });
});

type Break = (state: State) => Partial<State>;
const sessions = ({ sessions: port }: State, broken: Partial<State['sessions']>) => ({
  sessions: { ...port, ...broken },
});
const counters = ({ counters: port }: State, broken: Partial<State['counters']>) => ({
  counters: { ...port, ...broken },
});
const values = ({ values: port }: State, broken: Partial<State['values']>) => ({ values: { ...port, ...broken } });
const visits = ({ visits: port }: State, broken: Partial<State['visits']>) => ({ visits: { ...port, ...broken } });
const leases = ({ leases: port }: State, hold: State['leases']['hold']) => ({ leases: { ...port, hold } });
const idempotency = ({ idempotency: port }: State, broken: Partial<State['idempotency']>) => ({
  idempotency: { ...port, ...broken },
});
const turn = () => new Promise(setImmediate);

const turns = async (count: number) => {
  for (let n = 0; n < count; n += 1) await turn();
};

/** Adapters that are wrong in one way, and a word of a case that must notice. */
const breaks: readonly [string, Break, RegExp][] = [
  [
    'a visit that reads, waits and writes',
    (state) => {
      const counts = new Map<string, number>();
      const visit = async (id: string) => {
        const count = (counts.get(id) ?? 0) + 1;
        await turn();
        counts.set(id, count);
        return count;
      };
      return sessions(state, { visit });
    },
    /100 parallel visits/,
  ],
  [
    'a visit that does not keep alive',
    (state) => sessions(state, { visit: async (id) => ((await state.sessions.find(id))?.count ?? 0) + 1 }),
    /visit keeps it alive/,
  ],
  [
    'a reading that keeps alive',
    (state) =>
      sessions(state, {
        find: async (id) => {
          await state.sessions.touch(id);
          return state.sessions.find(id);
        },
      }),
    /reading does not keep it alive/,
  ],
  [
    'a set that writes the whole of what it has read',
    (state) =>
      sessions(state, {
        set: async (id, fields) => {
          const read = { ...(await state.sessions.find(id))?.data, ...fields };
          await turn();
          const now = Object.keys((await state.sessions.find(id))?.data ?? {});
          return state.sessions.set(id, read, { remove: now.filter((name) => !(name in read)) });
        },
      }),
    /loses no other writer/,
  ],
  [
    'a set that counts no version',
    (state) =>
      sessions(state, {
        set: async (id, fields, options) => {
          const stored = await state.sessions.set(id, fields, options);
          return stored && { ...stored, version: 1 };
        },
      }),
    /sets its fields and no others/,
  ],
  [
    'a rotate that leaves the old id alive',
    (state) =>
      sessions(state, {
        rotate: async (id) => {
          const found = await state.sessions.find(id);
          return found && state.sessions.open(found.data);
        },
      }),
    /the old id is dead/,
  ],
  [
    'an end that forgets nothing',
    (state) => sessions(state, { end: (id) => state.sessions.touch(id) }),
    /end forgets it/,
  ],
  [
    'a change without compare-and-set',
    (state) => sessions(state, { change: (id, edit) => state.sessions.change(id, edit) }),
    /only that version/,
  ],
  ['a counter that expires', (state) => counters(state, { readGlobal: async () => 0 }), /never expires/],
  [
    'a counter that loses moves',
    (state) =>
      counters(state, {
        add: async (name, by = 1) => {
          const count = await state.counters.read(name);
          await turn();
          return state.counters.add(name, count + by - (await state.counters.read(name)));
        },
      }),
    /100 parallel moves/,
  ],
  [
    'an add that knows no tokens',
    (state) => counters(state, { add: (name, by) => state.counters.add(name, by) }),
    /later ones answer/,
  ],
  [
    'a token that is left before the move',
    (state) => {
      const tokens = new Set<string>();
      return counters(state, {
        async add(name, by, { idempotencyToken } = {}) {
          if (idempotencyToken === undefined) return state.counters.add(name, by);
          if (tokens.has(name + idempotencyToken)) return state.counters.read(name);
          tokens.add(name + idempotencyToken);
          await turn();
          return state.counters.add(name, by);
        },
      });
    },
    /of many adds with one token/,
  ],
  [
    'a window that begins anew with each move',
    (state) =>
      counters(state, {
        async addWithin(name, { windowMs, by = 1 }) {
          return { count: await state.counters.add(`${name}.${windowMs}`, by), endsInMs: windowMs };
        },
        async readWithin(name, { windowMs }) {
          return { count: await state.counters.read(`${name}.${windowMs}`), endsInMs: windowMs };
        },
      }),
    /goes with it/,
  ],
  [
    'a put without lifetime',
    (state) => values(state, { put: (key, value) => state.values.put(key, value) }),
    /lifetime/,
  ],
  [
    'a put that ignores the version',
    (state) =>
      values(state, { put: (key, value, options) => state.values.put(key, value, { ttlMs: options?.ttlMs ?? 1e6 }) }),
    /one wins/,
  ],
  [
    'a remove that ignores the version',
    (state) => values(state, { remove: (key) => state.values.remove(key) }),
    /only/,
  ],
  [
    'a version that begins anew with the value',
    (state) => {
      const counts = new Map<string, number>();
      return values(state, {
        async put(key, value, { ifVersion, ...options } = {}) {
          const there = (await state.values.get(key)) !== undefined;
          const version = there ? (counts.get(key) ?? 0) : 0;
          if (typeof ifVersion === 'number' && ifVersion !== version) {
            throw new StateError('version_conflict', 'it is another');
          }
          counts.set(key, version + 1);
          return { ...(await state.values.put(key, value, options)), version: version + 1 };
        },
      });
    },
    /an old one fits nothing new/,
  ],
  [
    'a list that takes the prefix for a pattern',
    (state) =>
      values(state, {
        list: async ({ prefix = '', ...options } = {}) => {
          const { keys, ...page } = await state.values.list(options);
          return { ...page, keys: keys.filter((key) => prefix === '*' || key.startsWith(prefix)) };
        },
      }),
    /literally/,
  ],
  [
    'a list that stops after the first page',
    (state) => values(state, { list: async (options) => ({ keys: (await state.values.list(options)).keys }) }),
    /walks everything/,
  ],
  [
    'a visit over all that is counted before its session is',
    (state) =>
      visits(state, {
        async count(id) {
          const globalCount = await state.counters.addGlobal();
          const sessionCount = await state.sessions.visit(id);
          return sessionCount === undefined ? undefined : { sessionCount, globalCount };
        },
      }),
    /counts nowhere/,
  ],
  [
    'a visit that gives all of a batch the last count',
    (state) =>
      visits(state, {
        async count(id) {
          await state.visits.count(id);
          await turn();
          const found = await state.sessions.find(id);
          return found && { sessionCount: found.count, globalCount: await state.counters.readGlobal() };
        },
      }),
    /in order/,
  ],
  [
    'a first visit that does not count',
    (state) =>
      visits(state, {
        async open() {
          const session = await state.sessions.open();
          return { session, sessionCount: 1, globalCount: await state.counters.addGlobal() };
        },
      }),
    /opens a session that stands at 1/,
  ],
  [
    'a lease that anybody holds',
    (state) =>
      leases(state, (_name, options, work) => state.leases.hold(`own-${randomUUID().slice(0, 8)}`, options, work)),
    /one holder/,
  ],
  [
    'a lease with tokens that do not grow',
    (state) =>
      leases(state, (name, options, work) =>
        state.leases.hold(name, options, ({ signal }) => work({ signal, fencingToken: 1 })),
      ),
    /higher token/,
  ],
  [
    'a lease whose holder is not told',
    (state) =>
      leases(state, (name, options, work) =>
        state.leases
          .hold(name, options, ({ fencingToken }) => {
            const { signal } = new AbortController();
            return Promise.race([work({ signal, fencingToken }), turns(50)]) as ReturnType<typeof work>;
          })
          .catch(() => undefined as never),
      ),
    /is told/,
  ],
  [
    'a key that any request may have',
    (state) => idempotency(state, { begin: (scope) => state.idempotency.begin(scope, 'any') }),
    /a mismatch/,
  ],
  [
    'a late answer that replaces another one',
    (state) => {
      const answers = new Map<string, StoredResponse>();
      return idempotency(state, {
        async begin(scope, fingerprint) {
          const begun = await state.idempotency.begin(scope, fingerprint);
          const response = answers.get(scope);
          return begun.kind === 'done' && response ? { kind: 'done', response } : begun;
        },
        async finish(claim, response) {
          answers.set(claim.scopeKey, response);
          return state.idempotency.finish(claim, response);
        },
      });
    },
    /late answer replaces nobody/,
  ],
  [
    'a limit that lets a new window begin for whoever was refused',
    (state) => ({
      limits: {
        ...state.limits,
        async take(key, rate) {
          const answer = await state.limits.take(key, rate);
          return answer.allowed ? answer : state.limits.take(`${key}-again`, rate);
        },
      },
    }),
    /then refuses/,
  ],
  [
    'several keys that are taken from one by one',
    (state) => ({
      limits: {
        ...state.limits,
        takeAll: (takes) => Promise.all(takes.map(({ key, rate }) => state.limits.take(key, rate))),
      },
    }),
    /together or not at all/,
  ],
  [
    'what is refunded and stays taken',
    (state) => ({ limits: { ...state.limits, refund: async () => undefined } }),
    /refunded may be taken again/,
  ],
];

describe('the cases notice', () => {
  it.each(breaks)('%s', async (_name, broken, noticed) => {
    const failed = await failures(memoryState((state) => ({ ...state, ...broken(state) })));
    expect(failed).toContainEqual(expect.stringMatching(noticed));
  });
});
