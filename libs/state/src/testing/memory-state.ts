import { randomBytes } from 'node:crypto';
import { stateKeys } from '../keys.ts';
import { leasesOver } from '../leases/hold-lease.ts';
import { PendingReleases } from '../pending-releases.ts';
import { SESSION_MAX_MS, SESSION_TTL_MS } from '../sessions/sessions.ts';
import type { State } from '../state.ts';
import { memoryCounters } from './memory-counters.ts';
import { memoryIdempotency } from './memory-idempotency.ts';
import { memoryLeaseStore } from './memory-leases.ts';
import { memoryLimits } from './memory-limits.ts';
import { memorySessions } from './memory-sessions.ts';
import { memoryValues } from './memory-values.ts';
import { memoryVisits } from './memory-visits.ts';

export interface MemoryStateOptions {
  /** @default 2_700_000 (45 minutes) */
  readonly sessionTtlMs?: number;
  /** @default 86_400_000 (24 hours) */
  readonly sessionMaxMs?: number;
  /** Unix time. @default Date.now */
  readonly nowMs?: () => number;
  /** @default randomBytes of node:crypto */
  readonly random?: (bytes: number) => Buffer;
}

/** In-memory test double of the shared state: passes the same conformance cases, and is gone with its process. */
export function openMemoryState(options: MemoryStateOptions = {}): State {
  const { sessionTtlMs = SESSION_TTL_MS, sessionMaxMs = SESSION_MAX_MS } = options;
  const { nowMs = Date.now, random = randomBytes } = options;
  const keys = stateKeys((tag) => `${tag}:`);
  const sessions = memorySessions({ ttlMs: sessionTtlMs, maxMs: sessionMaxMs, nowMs, random });
  const counters = memoryCounters(keys, nowMs);
  return {
    sessions,
    counters,
    values: memoryValues(nowMs),
    visits: memoryVisits(sessions, counters),
    leases: leasesOver({ store: memoryLeaseStore(keys, nowMs), random, pending: new PendingReleases() }),
    idempotency: memoryIdempotency(keys, nowMs),
    limits: memoryLimits(keys, nowMs),
    ready: async () => undefined,
    ping: async () => 0,
    checkWrites: async () => 0,
    close: async () => undefined,
  };
}
