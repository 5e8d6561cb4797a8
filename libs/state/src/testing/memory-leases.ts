import type { StateKeys } from '../keys.ts';
import type { LeaseStore } from '../leases/lease-store.ts';

interface Held {
  readonly owner: string;
  readonly expiresAtMs: number;
}

/** For the tests of one process. @param nowMs Unix time */
export function memoryLeaseStore(keys: StateKeys, nowMs: () => number): LeaseStore {
  const leases = new Map<string, Held>();
  let fence = 0;

  function heldUnder(key: string): Held | undefined {
    const held = leases.get(key);
    if (held === undefined || held.expiresAtMs > nowMs()) return held;
    leases.delete(key);
    return undefined;
  }

  return {
    async take(name, owner, ttlMs) {
      const key = keys.lease(name);
      const held = heldUnder(key);
      if (held !== undefined) return { heldForMs: held.expiresAtMs - nowMs() };
      leases.set(key, { owner, expiresAtMs: nowMs() + ttlMs });
      fence = Math.max(fence + 1, nowMs());
      return { fencingToken: fence };
    },
    async renew(name, owner, ttlMs) {
      const key = keys.lease(name);
      if (heldUnder(key)?.owner !== owner) return false;
      leases.set(key, { owner, expiresAtMs: nowMs() + ttlMs });
      return true;
    },
    async release(name, owner) {
      const key = keys.lease(name);
      return heldUnder(key)?.owner === owner && leases.delete(key);
    },
  };
}
