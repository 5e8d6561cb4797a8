import { join, resolve } from 'node:path';
import { findConsul, findRedisServer } from '../servers/find.ts';
import { takeLease, type Lease } from './lease.ts';
import type { KeeperSettings } from './protocol.ts';

/** Redis and Consul for one process, in the words of its environment. */
export interface ServersInUse {
  env: { REDIS_URL: string; CONSUL_HTTP_ADDR: string };
  /** Where they come from, for people. */
  source: string;
  release(): Promise<void>;
}

/** Leaves time for a restart of the last `nx serve`, no more: nothing is to be left running. */
const lingerMs = 500;

/** What the environment already says is taken as it is; a lease is taken on the rest. Resolves when both answer. */
export async function leaseServers(settings: KeeperSettings, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const given = { redis: env['REDIS_URL'] || undefined, consul: env['CONSUL_HTTP_ADDR'] || undefined };
  let lease: Lease | undefined;
  if (given.redis === undefined || given.consul === undefined) {
    // Found here and not by the keeper: a download tells its story where a person looks.
    const [redis, consul] = await Promise.all([
      given.redis === undefined ? findRedisServer({ env }) : undefined,
      given.consul === undefined ? findConsul({ env }) : undefined,
    ]);
    lease = await takeLease(settings, {
      ...(redis === undefined ? {} : { redis: redis.path }),
      ...(consul === undefined ? {} : { consul: consul.path }),
    });
  }
  const redisUrl = given.redis ?? lease?.redisUrl;
  const consulAddress = given.consul ?? lease?.consulAddress;
  if (redisUrl === undefined || consulAddress === undefined)
    throw new Error('the keeper answered less than was asked for');
  return {
    env: { REDIS_URL: redisUrl, CONSUL_HTTP_ADDR: consulAddress },
    source: lease === undefined ? 'the environment' : 'shared by the dev servers of this clone',
    release: async () => lease?.release(),
  };
}

/**
 * Servers for `nx serve`: the environment's, else leased ones under `.stack/dev`. Never those of a fleet that is up in this
 * clone: a served app has other session keys and ends the sessions that it is sent, and `make down` would take its servers.
 */
export async function devServers(root: string, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const stackDir = resolve(root, env['STACK_DIR'] || '.stack');
  return leaseServers({ dir: join(stackDir, 'dev'), linger_ms: lingerMs, temporary: false }, env);
}
