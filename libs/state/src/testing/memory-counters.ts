import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { COUNT_MAX, counterMissing, exactCount, requireAmount } from '../counters/amount.ts';
import type { CounterAddOptions, Counters } from '../counters/counters.ts';
import { type AppliedAdd, TOKEN_TTL_MS, countOf, tokenHashOf } from '../counters/applied-add.ts';
import { requireWindow } from '../counters/window.ts';
import { requireTtl } from '../values/requests.ts';

/** How far from 0 a count may be; the stores agree on it. */
const BOUND = BigInt(COUNT_MAX);
/** The global count goes as far as an integer of Redis does. */
const GLOBAL_BOUND = 2n ** 63n - 1n;

/** What has expired is dropped after so many writes of what expires. */
const WRITES_PER_SWEEP = 256;

interface Adding extends Pick<CounterAddOptions, 'onlyExisting' | 'ttlMs'> {
  readonly token?: string;
  readonly bound?: bigint;
}

/** For the tests of one process. */
export function memoryCounters(keys: StateKeys, nowMs: () => number): Counters {
  const counts = expiring<{ readonly count: bigint; readonly endsMs: number }>(nowMs);
  const windows = expiring<{ readonly count: bigint; readonly endsMs: number }>(nowMs);
  const tokens = expiring<AppliedAdd>(nowMs);

  function applyOnce(token: string | undefined, by: number, apply: () => Omit<AppliedAdd, 'by'>): AppliedAdd {
    const before = token === undefined ? undefined : tokens.get(token);
    if (before !== undefined) return before;
    const made = { by, ...apply() };
    if (token !== undefined) tokens.set(token, made, nowMs() + TOKEN_TTL_MS);
    return made;
  }
  function add(key: string, by: number, options: Adding = {}): number {
    const { token, bound = BOUND, onlyExisting = false } = options;
    const ttlMs = requireTtl(options.ttlMs);
    const applied = applyOnce(token, requireAmount(by), () => {
      const before = counts.get(key);
      if (before === undefined && onlyExisting) throw counterMissing(key);
      const count = bounded(before?.count, by, bound);
      const made = ttlMs === undefined ? Infinity : nowMs() + ttlMs;
      const endsMs = onlyExisting || ttlMs !== undefined ? (before?.endsMs ?? made) : Infinity;
      counts.set(key, { count, endsMs }, endsMs);
      return { count, endsMs: 0 };
    });
    return countOf(applied, by);
  }
  const read = (key: string) => exactCount(counts.get(key)?.count ?? 0n);
  const endOf = (windowMs: number) => (Math.floor(nowMs() / windowMs) + 1) * windowMs;

  return {
    add: async (name, by = 1, { idempotencyToken: text, ...options } = {}) =>
      add(keys.counter(name), by, {
        ...options,
        ...(text === undefined ? {} : { token: tokenHashOf(name, 0, text) }),
      }),
    read: async (name) => read(keys.counter(name)),
    async addWithin(name, { windowMs, by = 1, idempotencyToken: text, onlyExisting = false }) {
      const key = keys.window(name, requireWindow(windowMs));
      const token = text === undefined ? undefined : tokenHashOf(name, windowMs, text);
      const applied = applyOnce(token, requireAmount(by), () => {
        const before = windows.get(key);
        if (before === undefined && onlyExisting) throw counterMissing(name);
        const next = { count: bounded(before?.count, by, BOUND), endsMs: before?.endsMs ?? endOf(windowMs) };
        windows.set(key, next, next.endsMs);
        return next;
      });
      return { count: countOf(applied, by), endsInMs: Math.max(0, applied.endsMs - nowMs()) };
    },
    async readWithin(name, { windowMs }) {
      const window = windows.get(keys.window(name, requireWindow(windowMs)));
      return { count: exactCount(window?.count ?? 0n), endsInMs: (window?.endsMs ?? endOf(windowMs)) - nowMs() };
    },
    addGlobal: async (by = 1) => add(keys.global(), by, { bound: GLOBAL_BOUND }),
    readGlobal: async () => read(keys.global()),
  };
}

function bounded(count = 0n, by: number, bound: bigint): bigint {
  const next = count + BigInt(by);
  if (next >= -bound && next <= bound) return next;
  throw new StateError('counter_overflow', 'the counter is at its end; nothing was added');
}

/** A map whose entries expire. */
function expiring<T>(nowMs: () => number) {
  const kept = new Map<string, { readonly thing: T; readonly expiresAtMs: number }>();
  let writes = 0;
  function get(key: string): T | undefined {
    const found = kept.get(key);
    if (found === undefined || found.expiresAtMs > nowMs()) return found?.thing;
    kept.delete(key);
    return undefined;
  }
  return {
    get,
    set(key: string, thing: T, expiresAtMs: number): void {
      kept.set(key, { thing, expiresAtMs });
      writes += 1;
      if (writes % WRITES_PER_SWEEP === 0) for (const each of kept.keys()) get(each);
    },
  };
}
