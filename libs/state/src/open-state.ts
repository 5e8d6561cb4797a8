import { randomBytes } from 'node:crypto';
import { type RedisAccess, type RedisLog, connectRedis, keySpace } from '@nestfleet/redis';
import { redisCounters } from './counters/redis-counters.ts';
import { stateKeys } from './keys.ts';
import { LAYOUT_WRITTEN, LAYOUT_NEWEST, claimLayout, requireLayout } from './layout/redis-layout-version.ts';
import { type SpreadParts, spreadRecords } from './layout/redis-spread-records.ts';
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
  /**
   * The layout of what is stored: 2 spreads counters and idempotency keys over the slots of a cluster. One replica that writes it
   * is enough, the others follow; only for when no release runs that does not know it. @default 1
   */
  readonly layoutVersion?: number;
  /** How long after the first replica asked for layout 2 it holds. @default 10_000 */
  readonly layoutSwitchMs?: number;
  readonly random?: (bytes: number) => Buffer;
}

const COMMAND_TIMEOUT_MS = 500;
/** Longer than what a Redis that appends to its file each second, or its replica, may lack. */
const LAYOUT_SWITCH_MS = 10_000;

/**
 * `openState` opens the state that all replicas of a namespace share. Connects in the background and for ever: answers before Redis is there, see
 * `ready()`. Throws RedisError `redis_url` or `namespace`, and StateError `invalid_layout`, for what can never work.
 */
export function openState(options: StateOptions): State {
  const { redisUrl, redisAccess, namespace, commandTimeoutMs, log, random = randomBytes } = options;
  const { sessionTtlMs = SESSION_TTL_MS, sessionMaxMs = SESSION_MAX_MS } = options;
  const { layoutVersion = LAYOUT_WRITTEN, layoutSwitchMs: switchAfterMs = LAYOUT_SWITCH_MS } = options;
  const version = requireLayout(layoutVersion);
  const given = {
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    ...(log === undefined ? {} : { log }),
  };
  const redis = connectRedis({ ...redisAccess, url: redisUrl, namespace, ...given });
  const keys = stateKeys((tag) => keySpace(namespace).tagged(tag));
  const commands = redisCommands(redis);
  const pending = new PendingReleases();
  const sessions = redisSessions({ commands, keys, ttlMs: sessionTtlMs, maxMs: sessionMaxMs, random });
  const spread = (tag: 'c' | 'i', kind: SpreadParts['kind']) =>
    spreadRecords({
      commands,
      switchKey: keys.layoutSwitch(tag),
      kind,
      wanted: version === LAYOUT_NEWEST,
      switchAfterMs,
      budgetMs: commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    });
  const counts = spread('c', 'text');
  const answers = spread('i', 'hash');
  const counters = redisCounters({ commands, keys, records: counts });
  const closing = new AbortController();
  return {
    sessions,
    counters,
    values: redisValues(commands, keys),
    visits: redisVisits({ commands, keys, sessions, counters, ttlMs: sessionTtlMs }),
    leases: leasesOver({ store: redisLeaseStore(commands, keys), random, pending }),
    idempotency: redisIdempotency({ commands, keys, records: answers, random, pending }),
    limits: redisLimits(commands, keys),
    async ready() {
      await redis.ready();
      await claimLayout({ commands, keys, version, closed: closing.signal });
      // What is refused now is asked for again with the work that needs it.
      await Promise.allSettled([counts.ask(), answers.ask()]);
      await Promise.allSettled([counts.learn(), answers.learn()]);
    },
    ping: () => commands.ping(),
    checkWrites: () => commands.checkWrites(),
    close: () => {
      closing.abort();
      pending.close();
      return redis.close();
    },
  };
}
