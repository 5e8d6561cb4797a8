import { luaScript, redisFault } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { COUNT_MAX, exactCount, requireAmount } from './amount.ts';
import type { Counters } from './counters.ts';
import { TOKEN_TTL_MS, countOf, parseAppliedAdd, tokenHashOf } from './applied-add.ts';
import { requireWindow } from './window.ts';

const addScript = luaScript('add', LUA['add']);
const addIdempotentScript = luaScript('add-idempotent', LUA['add-idempotent']);
const addWithinScript = luaScript('add-within', LUA['add-within']);
const readWithinScript = luaScript('read-within', LUA['read-within']);

/**
 * A lost answer to an add with an idempotency token is reported as unknown too, not as harmless to repeat: who counts what was
 * acknowledged must not take it for not done.
 */
export function redisCounters(commands: RedisCommands, keys: StateKeys): Counters {
  const add = async (key: string, by: number) =>
    exactCount((await orOverflow(commands.script(addScript, [key], [requireAmount(by), COUNT_MAX]))) as number);
  const addGlobal = async (by = 1) => {
    const amount = requireAmount(by);
    const key = keys.global();
    return exactCount(await orOverflow(commands.run((redis) => redis.incrby(key, amount), { key })));
  };
  const read = async (key: string) =>
    exactCount((await commands.run((redis) => redis.get(key), { ...IDEMPOTENT, key })) ?? 0);
  return {
    async add(name, by = 1, { idempotencyToken } = {}) {
      const counter = keys.counter(name);
      if (idempotencyToken === undefined) return add(counter, by);
      const counterAndToken = [counter, keys.applied(tokenHashOf(name, 0, idempotencyToken))];
      const args = [requireAmount(by), TOKEN_TTL_MS, COUNT_MAX];
      const applied = await orOverflow(commands.script(addIdempotentScript, counterAndToken, args));
      return countOf(parseAppliedAdd(applied as string), by);
    },
    read: async (name) => read(keys.counter(name)),
    async addWithin(name, { windowMs, by = 1, idempotencyToken }) {
      const window = keys.window(name, requireWindow(windowMs));
      const token = idempotencyToken === undefined ? [] : [keys.applied(tokenHashOf(name, windowMs, idempotencyToken))];
      const args = [requireAmount(by), windowMs, TOKEN_TTL_MS, COUNT_MAX];
      const reply = await orOverflow(commands.script(addWithinScript, [window, ...token], args));
      const [text, nowMs] = reply as [string, number];
      const applied = parseAppliedAdd(text);
      return { count: countOf(applied, by), endsInMs: Math.max(0, applied.endsMs - nowMs) };
    },
    async readWithin(name, { windowMs }) {
      const window = keys.window(name, requireWindow(windowMs));
      const [count, endsInMs] = (await commands.script(readWithinScript, [window], [windowMs], IDEMPOTENT)) as [
        string,
        number,
      ];
      return { count: exactCount(count), endsInMs };
    },
    addGlobal,
    readGlobal: () => read(keys.global()),
  };
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
