import { afterAll, beforeAll } from '@jest/globals';
import { type RedisConnection, connectRedis, keySpace } from '@nestfleet/redis';
import { type State, openState } from '../src/index.ts';
import { type StateKeys, stateKeys } from '../src/keys.ts';
import { COMMAND_TIMEOUT_MS, ownNamespace } from './servers.ts';

export interface StateBesideRedis {
  readonly keys: StateKeys;
  readonly state: State;
  /** Sees and spoils what the state keeps. */
  readonly redis: RedisConnection;
}

/** For the tests of one suite, in a namespace of its own; both are there once its tests run. */
export function stateBesideRedis(redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:1'): StateBesideRedis {
  const namespace = ownNamespace();
  let state: State | undefined;
  let redis: RedisConnection | undefined;
  beforeAll(async () => {
    state = openState({ redisUrl, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    redis = connectRedis({ url: redisUrl, namespace, commandTimeoutMs: COMMAND_TIMEOUT_MS });
    await Promise.all([state.ready(), redis.ready()]);
  });
  afterAll(async () => {
    await state?.close();
    await redis?.close();
  });
  return {
    keys: stateKeys((tag) => keySpace(namespace).tagged(tag)),
    get state() {
      return there(state);
    },
    get redis() {
      return there(redis);
    },
  };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the suite has not begun');
  return part;
}
