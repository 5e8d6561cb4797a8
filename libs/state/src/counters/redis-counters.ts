import { redisFault } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { type SpreadKey, type SpreadRecords, spreadReadScript, spreadScript } from '../layout/redis-spread-records.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { requireTtl } from '../values/requests.ts';
import { COUNT_MAX, counterMissing, exactCount, requireAmount } from './amount.ts';
import type { CounterAddOptions, Counters } from './counters.ts';
import { TOKEN_TTL_MS, countOf, parseAppliedAdd, tokenHashOf } from './applied-add.ts';
import { requireWindow } from './window.ts';

const addScript = spreadScript('add', LUA['add']);
const addIdempotentScript = spreadScript('add-idempotent', LUA['add-idempotent']);
const addWithinScript = spreadScript('add-within', LUA['add-within']);
const readScript = spreadReadScript('read-counter', LUA['read-counter']);
const readWithinScript = spreadReadScript('read-within', LUA['read-within']);

export interface RedisCountersParts {
  readonly commands: RedisCommands;
  readonly keys: StateKeys;
  readonly records: SpreadRecords;
}

/**
 * A lost answer to an add with an idempotency token is reported as unknown too, not as harmless to repeat: who counts what was
 * acknowledged must not take it for not done.
 */
export function redisCounters({ commands, keys, records }: RedisCountersParts): Counters {
  const counterKey = (name: string): SpreadKey => ({
    single: keys.counter(name),
    spread: keys.spread.counter(name),
    lastsMs: Infinity,
  });
  const windowKey = (name: string, windowMs: number): SpreadKey => ({
    single: keys.window(name, requireWindow(windowMs)),
    spread: keys.spread.window(name, windowMs),
    lastsMs: windowMs,
    endsEveryMs: windowMs,
  });
  const tokenKey = (name: string, windowMs: number, token: string): SpreadKey => {
    const hash = tokenHashOf(name, windowMs, token);
    return { single: keys.applied(hash), spread: keys.spread.applied(name, hash), lastsMs: TOKEN_TTL_MS };
  };
  const addGlobal = async (by = 1) => {
    const amount = requireAmount(by);
    const key = keys.global();
    return exactCount(await orOverflow(commands.run((redis) => redis.incrby(key, amount), { key })));
  };
  return {
    async add(name, by = 1, options = {}) {
      const { idempotencyToken } = options;
      const counter = counterKey(name);
      const made = makingOf(options);
      if (idempotencyToken === undefined) {
        const count = await orOverflow(records.run(addScript, [counter], [requireAmount(by), COUNT_MAX, made]));
        if (count === null) throw counterMissing(name);
        return exactCount(count as number);
      }
      const counterAndToken = [counter, tokenKey(name, 0, idempotencyToken)];
      const args = [requireAmount(by), TOKEN_TTL_MS, COUNT_MAX, made];
      const applied = await orOverflow(records.run(addIdempotentScript, counterAndToken, args));
      if (applied === null) throw counterMissing(name);
      return countOf(parseAppliedAdd(applied as string), by);
    },
    async read(name) {
      const count = await records.run(readScript, [counterKey(name)], [], IDEMPOTENT);
      return exactCount((count ?? 0) as string | number);
    },
    async addWithin(name, { windowMs, by = 1, idempotencyToken, ...options }) {
      const window = windowKey(name, windowMs);
      const token = idempotencyToken === undefined ? [] : [tokenKey(name, windowMs, idempotencyToken)];
      const args = [requireAmount(by), windowMs, TOKEN_TTL_MS, COUNT_MAX, makingOf(options)];
      const reply = await orOverflow(records.run(addWithinScript, [window, ...token], args));
      if (reply === null) throw counterMissing(name);
      const [text, nowMs] = reply as [string, number];
      const applied = parseAppliedAdd(text);
      return { count: countOf(applied, by), endsInMs: Math.max(0, applied.endsMs - nowMs) };
    },
    async readWithin(name, { windowMs }) {
      const window = windowKey(name, windowMs);
      const reply = await records.run(readWithinScript, [window], [windowMs], IDEMPOTENT);
      const [count, endsInMs] = reply as [string, number];
      return { count: exactCount(count), endsInMs };
    },
    addGlobal,
    async readGlobal() {
      const key = keys.global();
      return exactCount((await commands.run((redis) => redis.get(key), { ...IDEMPOTENT, key })) ?? 0);
    },
  };
}

/** As the scripts are told of a counter that is not there. */
function makingOf({ onlyExisting = false, ttlMs }: CounterAddOptions): string | number {
  return onlyExisting ? 'none' : (requireTtl(ttlMs) ?? 'stays');
}

/** The scripts refuse an add beyond what is exact before they make it, and Redis one beyond 64 bits. */
async function orOverflow<T>(add: Promise<T>): Promise<T> {
  try {
    return await add;
  } catch (error) {
    if (redisFault(error)?.name.endsWith('would overflow') !== true) throw error;
    throw new StateError('counter_overflow', 'the counter is at its end; nothing was added', { cause: error });
  }
}
