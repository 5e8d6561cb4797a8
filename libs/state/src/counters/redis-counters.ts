import { luaScript } from '@nestfleet/redis';
import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { LUA } from '../lua.generated.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { COUNT_MAX, exactCount, requireAmount } from './amount.ts';
import type { Counters } from './counters.ts';
import { ONCE_KEPT_MS, countOf, markOf, parseMove } from './once.ts';
import { requireWindow } from './window.ts';

const addScript = luaScript('add', LUA['add']);
const addOnceScript = luaScript('add-once', LUA['add-once']);
const addWithinScript = luaScript('add-within', LUA['add-within']);
const readWithinScript = luaScript('read-within', LUA['read-within']);

/**
 * A lost answer to an add with a mark is told as unknown too, not as harmless to repeat: who counts what was acknowledged
 * must not take it for not done.
 */
export function redisCounters(commands: RedisCommands, keys: StateKeys): Counters {
  const add = async (key: string, by: number) =>
    exactCount((await moved(commands.script(addScript, [key], [requireAmount(by), COUNT_MAX]))) as number);
  const addGlobal = async (by = 1) => {
    const amount = requireAmount(by);
    const key = keys.global();
    return exactCount(await moved(commands.run((redis) => redis.incrby(key, amount), { key })));
  };
  const read = async (key: string) =>
    exactCount((await commands.run((redis) => redis.get(key), { ...IDEMPOTENT, key })) ?? 0);
  return {
    async add(name, by = 1, { once } = {}) {
      const counter = keys.counter(name);
      if (once === undefined) return add(counter, by);
      const counterAndMark = [counter, keys.applied(markOf(name, 0, once))];
      const args = [requireAmount(by), ONCE_KEPT_MS, COUNT_MAX];
      const move = await moved(commands.script(addOnceScript, counterAndMark, args));
      return countOf(parseMove(move as string), by);
    },
    read: async (name) => read(keys.counter(name)),
    async addWithin(name, { windowMs, by = 1, once }) {
      const window = keys.window(name, requireWindow(windowMs));
      const mark = once === undefined ? [] : [keys.applied(markOf(name, windowMs, once))];
      const args = [requireAmount(by), windowMs, ONCE_KEPT_MS, COUNT_MAX];
      const reply = await moved(commands.script(addWithinScript, [window, ...mark], args));
      const [text, nowMs] = reply as [string, number];
      const move = parseMove(text);
      return { count: countOf(move, by), endsInMs: Math.max(0, move.endsMs - nowMs) };
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

/** The scripts refuse a move beyond what is exact before they make it, and Redis one beyond 64 bits. */
async function moved<T>(move: Promise<T>): Promise<T> {
  try {
    return await move;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('would overflow')) throw error;
    throw new StateError('counter_overflow', 'the counter is at its end and has not moved', { cause: error });
  }
}
