import { randomBytes } from 'node:crypto';
import { type RedisAccess, type RedisLog, connectRedis, keySpace } from '@nestfleet/redis';
import { redisCounters } from './counters/redis-counters.ts';
import { stateKeys } from './keys.ts';
import { redisIdempotency } from './idempotency/redis-idempotency.ts';
import { leasesOver } from './leases/hold-lease.ts';
import { redisLeaseStore } from './leases/redis-leases.ts';
import { redisLimits } from './limits/redis-limits.ts';
import { PendingReleases } from './pending-releases.ts';
import { redisCommands } from './redis-commands.ts';
import { redisSessions } from './sessions/redis-sessions.ts';
import { SESSION_MAX_MS, SESSION_TTL_MS } from './sessions/sessions.ts';
import type { State } from './state.ts';
import { redisValues } from './values/redis-values.ts';
import { redisVisits } from './visits/redis-visits.ts';

export interface StateOptions {
  /** `redis://`, `redis+sentinel://` or `redis+cluster://`; `rediss` for TLS. */
  readonly redisUrl: string;
  readonly redisAccess?: RedisAccess;
  readonly namespace: string;
  /** The longest time that one call may wait for Redis. @default 500 */
  readonly commandTimeoutMs?: number;
  readonly log?: RedisLog;
  /** Lifetime of an untouched session. @default 2_700_000 (45 minutes) */
  readonly sessionTtlMs?: number;
  /** Lifetime of a session whatever touches it. @default 86_400_000 (24 hours) */
  readonly sessionMaxMs?: number;
  readonly random?: (bytes: number) => Buffer;
}

/**
 * `openState` opens the state that all replicas of a namespace share. Connects in the background and for ever: answers before Redis is there, see
 * `ready()`. Throws RedisError `redis_url` or `namespace` for what can never work.
 */
export function openState(options: StateOptions): State {
  const { redisUrl, redisAccess, namespace, commandTimeoutMs, log, random = randomBytes } = options;
  const { sessionTtlMs = SESSION_TTL_MS, sessionMaxMs = SESSION_MAX_MS } = options;
  const given = {
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    ...(log === undefined ? {} : { log }),
  };
  const redis = connectRedis({ ...redisAccess, url: redisUrl, namespace, ...given });
  const keys = stateKeys((tag) => keySpace(namespace).tagged(tag));
  const commands = redisCommands(redis);
  const pending = new PendingReleases();
  const sessions = redisSessions({ commands, keys, ttlMs: sessionTtlMs, maxMs: sessionMaxMs, random });
  const counters = redisCounters(commands, keys);
  return {
    sessions,
    counters,
    values: redisValues(commands, keys),
    visits: redisVisits({ commands, keys, sessions, counters, ttlMs: sessionTtlMs }),
    leases: leasesOver({ store: redisLeaseStore(commands, keys), random, pending }),
    idempotency: redisIdempotency({ commands, keys, random, pending }),
    limits: redisLimits(commands, keys),
    ready: () => redis.ready(),
    ping: () => commands.ping(),
    checkWrites: () => commands.checkWrites(),
    close: () => {
      pending.close();
      return redis.close();
    },
  };
}
