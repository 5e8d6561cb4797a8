import {
  isForeignType,
  type LuaScript,
  type RedisConnection,
  RedisMemoryLowError,
  RedisOutcomeUnknownError,
  RedisUnavailableError,
  RedisWritesRefusedError,
  type RunOptions,
} from '@nestfleet/redis';
import { StateError } from './errors.ts';

type Client = RedisConnection['client'];
/** One server, in a cluster too. */
type Redis = NonNullable<ReturnType<RedisConnection['nodeOf']>>;

/** RedisCommands is Redis as the adapters of this lib use it: its faults are StateErrors. */
export interface RedisCommands {
  /** A script keeps to keys of one hash tag. */
  readonly sharded: boolean;
  run<T>(work: (client: Client) => Promise<T>, options?: RunOptions): Promise<T>;
  /** Work that names no key itself, given to the one server that holds `key`. */
  runAt<T>(key: string, work: (node: Redis) => Promise<T>, options?: RunOptions): Promise<T>;
  script(
    script: LuaScript,
    keys: readonly string[],
    args: readonly (string | number)[],
    options?: RunOptions,
  ): Promise<unknown>;
  /** A script with keys of several hash tags, where the connection is not `sharded`. */
  scriptAcross(script: LuaScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Whether the server that holds `key` has memory for so many bytes, with no more than this share of it in use. */
  hasRoom(key: string, bytes: number, upToShare: number): boolean;
  /** Round trip in milliseconds. */
  ping(): Promise<number>;
  /** The same, behind a small write; rejects while writes are refused or memory is low. */
  checkWrites(): Promise<number>;
}

/** For work that harms nothing when it is done twice. */
export const IDEMPOTENT: RunOptions = { idempotent: true };

export function redisCommands(redis: RedisConnection): RedisCommands {
  const run: RedisCommands['run'] = (work, options) => withStateErrors(redis.run(work, options));
  return {
    sharded: redis.sharded,
    run,
    runAt: (key, work, options) =>
      run(
        async () => {
          const node = redis.nodeOf(key);
          if (node === undefined) throw new RedisUnavailableError('no connection to Redis; not sent');
          return work(node);
        },
        { ...options, key },
      ),
    hasRoom: (key, bytes, upToShare) => redis.hasRoom(key, bytes, upToShare),
    ping: () => withStateErrors(redis.ping()),
    checkWrites: () => withStateErrors(redis.checkWrites()),
    scriptAcross: (script, keys, args) => run((client) => script.runAcross(client, keys, args)),
    script: (script, keys, args, options) =>
      run((client) => script.run(client, keys, args), {
        ...options,
        ...(keys[0] === undefined ? {} : { key: keys[0] }),
      }),
  };
}

async function withStateErrors<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    forgetArguments(error);
    throw asStateError(error);
  }
}

/**
 * ioredis hangs what was sent onto its errors, and loggers write what hangs on an error: the keys of sessions, which are
 * secrets, and whatever users stored. The name of the command and the reply of Redis stay.
 */
function forgetArguments(error: unknown): void {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('command' in at) delete at.command;
  }
}

export function asStateError(error: unknown): unknown {
  if (error instanceof RedisWritesRefusedError)
    return new StateError('state_writes_refused', error.message, { cause: error });
  if (error instanceof RedisMemoryLowError) return new StateError('state_memory_low', error.message, { cause: error });
  if (error instanceof RedisUnavailableError)
    return new StateError('state_unavailable', error.message, { cause: error });
  if (error instanceof RedisOutcomeUnknownError) {
    return new StateError('state_outcome_unknown', error.message, { cause: error });
  }
  if (isForeignType(error)) {
    return new StateError('wrong_type', 'what is stored there is not of this lib', { cause: error });
  }
  return error;
}
