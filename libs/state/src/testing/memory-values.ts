import { requireKey } from '../keys.ts';
import { decodeCursor, encodeCursor } from '../values/cursor.ts';
import { holds, requirePrecondition, versionConflict } from '../values/precondition.ts';
import { requireList, requireTtl, requireValue } from '../values/requests.ts';
import type { Value, Values } from '../values/values.ts';

interface Kept {
  readonly value: string;
  readonly version: number;
  /** Infinity when it stays. */
  readonly expiresAtMs: number;
  /** Order of coming, from 1: the place of a walk, which removals do not shift. */
  readonly place: number;
}

/** Expired values are dropped after so many writes. */
const WRITES_PER_SWEEP = 256;

/** For the tests of one process. */
export function memoryValues(nowMs: () => number): Values {
  const kept = new Map<string, Kept>();
  let lastPlace = 0;
  let lastVersion = 0;
  let writes = 0;

  function alive(key: string): Kept | undefined {
    const stored = kept.get(requireKey(key));
    if (stored === undefined || stored.expiresAtMs > nowMs()) return stored;
    kept.delete(key);
    return undefined;
  }
  function sweep(): void {
    writes += 1;
    if (writes % WRITES_PER_SWEEP !== 0) return;
    for (const key of kept.keys()) alive(key);
  }
  function shown(key: string, { value, version, expiresAtMs }: Kept): Value {
    return { key, value, version, ttlMs: expiresAtMs === Infinity ? null : expiresAtMs - nowMs() };
  }

  return {
    async get(key) {
      const stored = alive(key);
      return stored && shown(key, stored);
    },
    async put(key, value, options = {}) {
      const before = alive(key);
      const ttlMs = requireTtl(options.ttlMs) ?? Infinity;
      const asked = requirePrecondition(options);
      requireValue(value);
      const version = before?.version ?? 0;
      if (!holds(asked, version)) throw versionConflict(key, version);
      const place = before?.place ?? ++lastPlace;
      lastVersion = Math.max(lastVersion + 1, Math.floor(nowMs() * 1_000));
      const stored = { value, version: lastVersion, expiresAtMs: nowMs() + ttlMs, place };
      kept.set(key, stored);
      sweep();
      return { ...shown(key, stored), created: before === undefined };
    },
    async remove(key, precondition = {}) {
      const stored = alive(key);
      const asked = requirePrecondition(precondition);
      if (stored === undefined) return false;
      if (!holds(asked, stored.version)) throw versionConflict(key, stored.version);
      return kept.delete(key);
    },
    async list(options = {}) {
      const { prefix, limit } = requireList(options);
      const after = Number(decodeCursor(options.cursor));
      const rest = [...kept].filter(
        ([key, { place, expiresAtMs }]) => place > after && expiresAtMs > nowMs() && key.startsWith(prefix),
      );
      const page = rest.slice(0, limit);
      const last = page.at(-1)?.[1].place;
      const keys = page.map(([key]) => key);
      return last === undefined || rest.length <= limit ? { keys } : { keys, nextCursor: encodeCursor(String(last)) };
    },
  };
}
