import { join, resolve } from 'node:path';
import { findConsul, findRedisServer } from '../servers/find.ts';
import { acquireReference, type Reference } from './acquire.ts';
import type { DevServersSettings } from './protocol.ts';

/** ServersInUse are Redis and Consul for one process, as environment variables. */
export interface ServersInUse {
  env: { REDIS_URL: string; CONSUL_HTTP_ADDR: string };
  /** Where they come from, for people. */
  source: string;
  release(): Promise<void>;
}

/** Leaves time for a restart of the last `nx serve`, no more: nothing is to be left running. */
const lingerMs = 500;

/** acquireServers takes what the environment names as it is and references the rest. Resolves when both answer. */
export async function acquireServers(settings: DevServersSettings, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const given = { redis: env['REDIS_URL'] || undefined, consul: env['CONSUL_HTTP_ADDR'] || undefined };
  let reference: Reference | undefined;
  if (given.redis === undefined || given.consul === undefined) {
    // Found here and not by the daemon: the progress of a download is printed where a person looks.
    const [redis, consul] = await Promise.all([
      given.redis === undefined ? findRedisServer({ env }) : undefined,
      given.consul === undefined ? findConsul({ env }) : undefined,
    ]);
    reference = await acquireReference(settings, {
      ...(redis === undefined ? {} : { redis: redis.path }),
      ...(consul === undefined ? {} : { consul: consul.path }),
    });
  }
  const redisUrl = given.redis ?? reference?.redisUrl;
  const consulAddress = given.consul ?? reference?.consulAddress;
  if (redisUrl === undefined || consulAddress === undefined)
    throw new Error('the daemon answered less than was asked for');
  return {
    env: { REDIS_URL: redisUrl, CONSUL_HTTP_ADDR: consulAddress },
    source: reference === undefined ? 'the environment' : 'shared by the dev servers of this clone',
    release: async () => reference?.release(),
  };
}

/**
 * devServers are those of `nx serve`: the environment's, else shared ones under `.stack/dev`. Never those of a fleet that is
 * up in this clone: a served app has other session keys and ends the sessions that it is sent, and `make down` would take its
 * servers.
 */
export async function devServers(root: string, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const stackDir = resolve(root, env['STACK_DIR'] || '.stack');
  return acquireServers({ dir: join(stackDir, 'dev'), linger_ms: lingerMs, temporary: false }, env);
}
