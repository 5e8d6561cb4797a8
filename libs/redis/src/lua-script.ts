import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import { redisFault } from './faults.ts';
import { requireOneHashTag } from './key-space.ts';
import { checkedScript } from './script-permissions.ts';

/** LuaArgument is one of ARGV; bytes are sent as they are. */
export type LuaArgument = string | number | Buffer;

/** LuaScript is one atomic operation. */
export interface LuaScript {
  readonly name: string;
  /** Runs it and answers its reply. Throws RedisError `cross_slot` before sending keys of more than one hash tag. */
  run(client: Redis | Cluster, keys: readonly string[], args?: readonly LuaArgument[]): Promise<unknown>;
  /**
   * As `run`, with keys of any tags: only for a connection that is not `sharded`. A `CROSSSLOT` reply (a node of a cluster
   * behind a plain address) means that nothing was done: go back to one script per tag for good.
   */
  runAcross(client: Redis | Cluster, keys: readonly string[], args?: readonly LuaArgument[]): Promise<unknown>;
}

/**
 * A script by its text, see `checkedScript`. Sent by its hash; as text only to a Redis that does not have it, as after a restart.
 */
export function luaScript(name: string, text: string): LuaScript {
  const source = checkedScript(text);
  const sha1 = createHash('sha1').update(source).digest('hex');
  const send = async (
    client: Redis | Cluster,
    keys: readonly string[],
    args: readonly LuaArgument[],
    checksTag: boolean,
  ): Promise<unknown> => {
    if (checksTag) requireOneHashTag(name, keys);
    try {
      return await client.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      if (redisFault(error)?.resend !== 'with the script') throw error;
      return client.eval(source, keys.length, ...keys, ...args);
    }
  };
  return {
    name,
    run: (client, keys, args = []) => send(client, keys, args, true),
    runAcross: (client, keys, args = []) => send(client, keys, args, false),
  };
}
