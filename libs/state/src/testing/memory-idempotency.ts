import type { StateKeys } from '../keys.ts';
import { IN_FLIGHT_MS, type Idempotency, KEPT_MS } from '../idempotency/idempotency.ts';
import { decodeResponse, encodeResponse, requireScope } from '../idempotency/requests.ts';

interface Kept {
  readonly fingerprint: string;
  readonly owner: string;
  readonly answer?: string;
  readonly expiresAtMs: number;
}

/** Expired keys are dropped after so many. */
const BEGINS_PER_SWEEP = 256;

/** For the tests of one process. @param nowMs Unix time */
export function memoryIdempotency(keys: StateKeys, nowMs: () => number): Idempotency {
  const kept = new Map<string, Kept>();
  let owners = 0;

  function alive(key: string): Kept | undefined {
    const found = kept.get(key);
    if (found === undefined || found.expiresAtMs > nowMs()) return found;
    kept.delete(key);
    return undefined;
  }

  return {
    async begin(scopeKey, fingerprint) {
      requireScope(scopeKey, fingerprint);
      const key = keys.idempotency(scopeKey);
      const found = alive(key);
      if (found === undefined) {
        owners += 1;
        if (owners % BEGINS_PER_SWEEP === 0) for (const each of kept.keys()) alive(each);
        const owner = `${owners}`;
        kept.set(key, { fingerprint, owner, expiresAtMs: nowMs() + IN_FLIGHT_MS });
        return { kind: 'mine', token: { scopeKey, fingerprint, owner } };
      }
      if (found.fingerprint !== fingerprint) return { kind: 'mismatch' };
      if (found.answer !== undefined) return { kind: 'done', response: decodeResponse(found.answer) };
      return { kind: 'in-flight', retryAfterMs: found.expiresAtMs - nowMs() };
    },
    async finish({ scopeKey, fingerprint, owner }, response) {
      const key = keys.idempotency(scopeKey);
      const answer = encodeResponse(response);
      const found = alive(key);
      if (found !== undefined && (found.answer !== undefined || found.owner !== owner)) return false;
      kept.set(key, { fingerprint, owner, answer, expiresAtMs: nowMs() + KEPT_MS });
      return true;
    },
    async abandon({ scopeKey, owner }) {
      const key = keys.idempotency(scopeKey);
      const found = alive(key);
      return found?.answer === undefined && found?.owner === owner && kept.delete(key);
    },
  };
}
