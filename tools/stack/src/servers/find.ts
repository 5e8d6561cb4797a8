import { findHere, type ServerBinary } from './binary.ts';

const redis = { name: 'redis-server', variable: 'NESTFLEET_REDIS_SERVER', versionArgument: '--version' };
const consul = { name: 'consul', variable: 'NESTFLEET_CONSUL', versionArgument: 'version' };

/** The Redis to use. */
export async function findRedisServer(): Promise<ServerBinary> {
  const here = await findHere(redis, process.env);
  if (here === undefined) throw new Error('no redis-server: set NESTFLEET_REDIS_SERVER');
  return here;
}

/** The Consul to use. */
export async function findConsul(): Promise<ServerBinary> {
  const here = await findHere(consul, process.env);
  if (here === undefined) throw new Error('no consul: set NESTFLEET_CONSUL');
  return here;
}
