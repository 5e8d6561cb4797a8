import type { StateKeys } from '../keys.ts';
import { IN_FLIGHT_MS, type Idempotency } from '../idempotency/idempotency.ts';
import { decodeResponse, encodeResponse } from '../idempotency/record.ts';
import { requireResponseTtl, requireScope, requireStorable } from '../idempotency/requests.ts';

interface Entry {
  readonly fingerprint: string;
  readonly owner: string;
  readonly response?: string;
  readonly expiresAtMs: number;
}

/** Expired keys are dropped after so many. */
const BEGINS_PER_SWEEP = 256;

/** For the tests of one process. @param nowMs Unix time */
export function memoryIdempotency(keys: StateKeys, nowMs: () => number): Idempotency {
  const entries = new Map<string, Entry>();
  let owners = 0;

  function alive(key: string): Entry | undefined {
    const found = entries.get(key);
    if (found === undefined || found.expiresAtMs > nowMs()) return found;
    entries.delete(key);
    return undefined;
  }

  return {
    async begin(scopeKey, fingerprint) {
      requireScope(scopeKey, fingerprint);
      const key = keys.idempotency(scopeKey);
      const found = alive(key);
      if (found === undefined) {
        owners += 1;
        if (owners % BEGINS_PER_SWEEP === 0) for (const each of entries.keys()) alive(each);
        const owner = `${owners}`;
        entries.set(key, { fingerprint, owner, expiresAtMs: nowMs() + IN_FLIGHT_MS });
        return { kind: 'mine', claim: { scopeKey, fingerprint, owner } };
      }
      if (found.fingerprint !== fingerprint) return { kind: 'mismatch' };
      if (found.response !== undefined) return { kind: 'done', response: decodeResponse(found.response) };
      return { kind: 'in-flight', retryAfterMs: found.expiresAtMs - nowMs() };
    },
    async renew({ scopeKey, owner }) {
      const key = keys.idempotency(scopeKey);
      const found = alive(key);
      if (found === undefined || found.owner !== owner || found.response !== undefined) return false;
      entries.set(key, { ...found, expiresAtMs: nowMs() + IN_FLIGHT_MS });
      return true;
    },
    async finish({ scopeKey, fingerprint, owner }, response, { ttlMs } = {}) {
      const key = keys.idempotency(scopeKey);
      requireStorable(response);
      const storedMs = requireResponseTtl(ttlMs);
      const encoded = encodeResponse(response);
      const found = alive(key);
      if (found !== undefined && (found.response !== undefined || found.owner !== owner)) return false;
      entries.set(key, { fingerprint, owner, response: encoded, expiresAtMs: nowMs() + storedMs });
      return true;
    },
    async abandon({ scopeKey, owner }) {
      const key = keys.idempotency(scopeKey);
      const found = alive(key);
      return found?.response === undefined && found?.owner === owner && entries.delete(key);
    },
  };
}
