import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { IDEMPOTENT, type RedisCommands } from '../redis-commands.ts';
import { exactCount, requireAmount } from './amount.ts';
import type { Counters } from './counters.ts';

export function redisCounters(commands: RedisCommands, keys: StateKeys): Counters {
  async function add(key: string, by: number): Promise<number> {
    const amount = requireAmount(by);
    try {
      return exactCount(await commands.run((redis) => redis.incrby(key, amount)));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('would overflow')) throw error;
      throw new StateError('counter_overflow', 'the counter is at its end and has not moved', { cause: error });
    }
  }
  const read = async (key: string) => exactCount((await commands.run((redis) => redis.get(key), IDEMPOTENT)) ?? 0);
  return {
    add: async (name, by = 1) => add(keys.counter(name), by),
    read: async (name) => read(keys.counter(name)),
    addGlobal: (by = 1) => add(keys.global(), by),
    readGlobal: () => read(keys.global()),
  };
}
