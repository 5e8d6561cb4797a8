import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { COUNT_MAX, exactCount, requireAmount } from '../counters/amount.ts';
import type { Counters } from '../counters/counters.ts';
import { type Move, ONCE_KEPT_MS, countOf, markOf } from '../counters/once.ts';
import { requireWindow } from '../counters/window.ts';

/** How far from 0 a count may be; the stores agree on it. */
const BOUND = BigInt(COUNT_MAX);
/** The global count goes as far as an integer of Redis does. */
const GLOBAL_BOUND = 2n ** 63n - 1n;

/** What has expired is dropped after so many writes of what expires. */
const WRITES_PER_SWEEP = 256;

/** For the tests of one process. */
export function memoryCounters(keys: StateKeys, nowMs: () => number): Counters {
  const counts = new Map<string, bigint>();
  const windows = mortal<{ readonly count: bigint; readonly endsMs: number }>(nowMs);
  const marks = mortal<Move>(nowMs);

  function once(mark: string | undefined, by: number, move: () => Omit<Move, 'by'>): Move {
    const before = mark === undefined ? undefined : marks.get(mark);
    if (before !== undefined) return before;
    const made = { by, ...move() };
    if (mark !== undefined) marks.set(mark, made, nowMs() + ONCE_KEPT_MS);
    return made;
  }
  function add(key: string, by: number, { mark, bound = BOUND }: { mark?: string; bound?: bigint } = {}): number {
    const move = once(mark, requireAmount(by), () => {
      const count = moved(counts.get(key), by, bound);
      counts.set(key, count);
      return { count, endsMs: 0 };
    });
    return countOf(move, by);
  }
  const read = (key: string) => exactCount(counts.get(key) ?? 0n);
  const endOf = (windowMs: number) => (Math.floor(nowMs() / windowMs) + 1) * windowMs;

  return {
    add: async (name, by = 1, options = {}) =>
      add(keys.counter(name), by, options.once === undefined ? {} : { mark: markOf(name, 0, options.once) }),
    read: async (name) => read(keys.counter(name)),
    async addWithin(name, { windowMs, by = 1, once: text }) {
      const key = keys.window(name, requireWindow(windowMs));
      const mark = text === undefined ? undefined : markOf(name, windowMs, text);
      const move = once(mark, requireAmount(by), () => {
        const before = windows.get(key);
        const next = { count: moved(before?.count, by, BOUND), endsMs: before?.endsMs ?? endOf(windowMs) };
        windows.set(key, next, next.endsMs);
        return next;
      });
      return { count: countOf(move, by), endsInMs: Math.max(0, move.endsMs - nowMs()) };
    },
    async readWithin(name, { windowMs }) {
      const window = windows.get(keys.window(name, requireWindow(windowMs)));
      return { count: exactCount(window?.count ?? 0n), endsInMs: (window?.endsMs ?? endOf(windowMs)) - nowMs() };
    },
    addGlobal: async (by = 1) => add(keys.global(), by, { bound: GLOBAL_BOUND }),
    readGlobal: async () => read(keys.global()),
  };
}

function moved(count = 0n, by: number, bound: bigint): bigint {
  const next = count + BigInt(by);
  if (next >= -bound && next <= bound) return next;
  throw new StateError('counter_overflow', 'the counter is at its end and has not moved');
}

/** Things that are gone after a time. */
function mortal<T>(nowMs: () => number) {
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
