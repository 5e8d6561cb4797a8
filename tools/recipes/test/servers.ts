import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';

/** A Redis that keeps what it has answered for, also where it is killed and started again in the same place. */
export async function startRedis(dir: string, port?: number): Promise<RedisServer> {
  const { path: binary } = await findRedisServer();
  const place = port === undefined ? { dir } : { dir, port };
  return startRedisServer({ binary, ...place, appendonly: true, appendfsync: 'always' });
}
