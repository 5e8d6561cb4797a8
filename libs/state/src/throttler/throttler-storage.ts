import { hash } from 'node:crypto';
import { StateError } from '../errors.ts';
import type { Allowance, Limits } from '../limits/limits.ts';
import type { Values } from '../values/values.ts';

/** What @nestjs/throttler is told of one request; times are in seconds, as its headers are. */
export interface ThrottlerRecord {
  readonly totalHits: number;
  readonly timeToExpire: number;
  readonly isBlocked: boolean;
  readonly timeToBlockExpire: number;
}

/** ThrottlerStorage is what @nestjs/throttler asks of a storage. */
export interface ThrottlerStorage {
  increment(
    key: string,
    ttl: number,
    limit: number,
    blockDuration: number,
    throttlerName: string,
  ): Promise<ThrottlerRecord>;
}

export interface ThrottlerStorageOptions {
  /**
   * What becomes of a request that cannot be counted, because the store is away or refuses: it is allowed, with the
   * headers of a first one, or refused with the StateError (503). @default 'allow'
   */
  readonly whenUnavailable?: 'allow' | 'refuse';
}

const S_MS = 1_000;

/**
 * `throttlerStorage` is a storage for @nestjs/throttler over limits that all replicas share. The window slides: no `ttl`, wherever it
 * begins, has more than `limit`. What is refused costs nothing. One script for each request; with a `blockDuration` longer
 * than its `ttl` there is a read before it, and a write when a block begins.
 */
export function throttlerStorage(
  { limits, values }: { readonly limits: Limits; readonly values: Values },
  { whenUnavailable = 'allow' }: ThrottlerStorageOptions = {},
): ThrottlerStorage {
  async function count(key: string, { ttl, limit, blockDuration }: Asked): Promise<ThrottlerRecord> {
    const blocks = blockDuration > ttl;
    const blockedMs = blocks ? (await values.get(key))?.ttlMs : undefined;
    if (typeof blockedMs === 'number') return blockedFor(blockedMs, limit, ttl);
    if (limit < 1) return blockedFor(ttl, limit, ttl);
    const taken = await limits.take(key, { count: limit, periodMs: ttl });
    if (taken.allowed || !blocks) return recordOf(taken);
    await values.put(key, 'blocked', { ttlMs: blockDuration });
    return blockedFor(blockDuration, limit, taken.resetMs);
  }

  return {
    async increment(key, ttl, limit, blockDuration, throttlerName) {
      // Whatever an app makes its keys of, and the name of two throttlers of one key.
      const own = `throttler:${hash('sha256', JSON.stringify([throttlerName, key]), 'base64url')}`;
      try {
        return await count(own, { ttl, limit, blockDuration });
      } catch (error) {
        if (whenUnavailable === 'refuse' || !isUnavailable(error)) throw error;
        return { totalHits: 0, timeToExpire: 0, isBlocked: false, timeToBlockExpire: 0 };
      }
    },
  };
}

interface Asked {
  readonly ttl: number;
  readonly limit: number;
  readonly blockDuration: number;
}

function recordOf({ allowed, limit, remaining, resetMs, retryAfterMs }: Allowance): ThrottlerRecord {
  return {
    totalHits: allowed ? limit - remaining : limit + 1,
    timeToExpire: Math.ceil(resetMs / S_MS),
    isBlocked: !allowed,
    timeToBlockExpire: Math.ceil(retryAfterMs / S_MS),
  };
}

function blockedFor(blockMs: number, limit: number, resetMs: number): ThrottlerRecord {
  const timeToBlockExpire = Math.ceil(blockMs / S_MS);
  return { totalHits: limit + 1, timeToExpire: Math.ceil(resetMs / S_MS), isBlocked: true, timeToBlockExpire };
}

const isUnavailable = (error: unknown): boolean => error instanceof StateError && error.status === 503;
