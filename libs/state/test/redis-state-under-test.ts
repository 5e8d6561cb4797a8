import { type RedisConnection, connectRedis } from '@nestfleet/redis';
import { Cluster } from 'ioredis';
import { openState } from '../src/index.ts';
import type { StateUnderTest } from './cases/case.ts';
import { COMMAND_TIMEOUT_MS, ownNamespace } from './servers.ts';

const SESSION_TTL_MS = 60_000;
const SESSION_MAX_MS = 180_000;

export interface RedisStates {
  make(): Promise<StateUnderTest>;
  /** Keys of everything made so far, with their time left (ms, -1 without expiry). */
  stored(): Promise<{ key: string; leftMs: number }[]>;
  /** What the node of a cluster at this port keeps of it. */
  keysAt(port: number): Promise<string[]>;
  closeAll(): Promise<void>;
}

/** A session's last end is no expiry of a key but a field. */
async function age(redis: RedisConnection['client'], key: string, ms: number) {
  if ((await redis.hexists(key, 'until')) === 1) await redis.hincrby(key, 'until', -Math.ceil(ms));
}

export interface RedisStatesOptions {
  /** The same Redis, where the states are to log in as somebody else. */
  readonly stateUrl?: string;
  readonly layoutVersion?: number;
}

/**
 * States over one Redis, each in a namespace of its own. Time passes by taking it off every expiry, which a test can do
 * exactly and a sleep cannot.
 */
export function redisStates(url: string, { stateUrl = url, layoutVersion = 1 }: RedisStatesOptions = {}): RedisStates {
  const namespaces: string[] = [];
  const closes: (() => Promise<void>)[] = [];
  let connection: RedisConnection | undefined;

  async function client() {
    if (connection === undefined) {
      connection = connectRedis({ url, namespace: ownNamespace(), commandTimeoutMs: COMMAND_TIMEOUT_MS });
      closes.push(connection.close.bind(connection));
      await connection.ready();
    }
    return connection.client;
  }
  async function keysOf(namespace: string) {
    const redis = await client();
    const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
    const keys = (await Promise.all(nodes.map((node) => node.keys(`${namespace}:*`)))).flat();
    return Promise.all(keys.map(async (key) => ({ key, leftMs: await redis.pttl(key) })));
  }

  return {
    async make() {
      const namespace = ownNamespace();
      namespaces.push(namespace);
      const state = openState({
        redisUrl: stateUrl,
        namespace,
        commandTimeoutMs: COMMAND_TIMEOUT_MS,
        sessionTtlMs: SESSION_TTL_MS,
        sessionMaxMs: SESSION_MAX_MS,
        layoutVersion,
        layoutSwitchMs: 0,
      });
      closes.push(() => state.close());
      await state.ready();
      const pass = async (ms: number) => {
        const redis = await client();
        const mortal = (await keysOf(namespace)).filter(({ leftMs }) => leftMs >= 0);
        const aged = mortal.filter(({ key }) => key.includes(':session:'));
        await Promise.all(aged.map(({ key }) => age(redis, key, ms)));
        await Promise.all(mortal.map(({ key, leftMs }) => redis.pexpire(key, Math.floor(leftMs - ms))));
      };
      return { state, sessionTtlMs: SESSION_TTL_MS, sessionMaxMs: SESSION_MAX_MS, pass };
    },
    stored: async () => (await Promise.all(namespaces.map(keysOf))).flat(),
    async keysAt(port) {
      const redis = await client();
      const node = redis instanceof Cluster && redis.nodes('master').find(({ options }) => options.port === port);
      if (!node) throw new Error(`there is no node at port ${port}`);
      return (await Promise.all(namespaces.map((namespace) => node.keys(`${namespace}:*`)))).flat();
    },
    async closeAll() {
      await Promise.all(closes.splice(0).map((close) => close()));
      connection = undefined;
      namespaces.length = 0;
    },
  };
}
