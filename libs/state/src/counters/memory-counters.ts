import { StateError } from '../errors.ts';
import type { StateKeys } from '../keys.ts';
import { exactCount, requireAmount } from './amount.ts';
import type { Counters } from './counters.ts';

/** The range of a counter in Redis; the stores agree on where it ends. */
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

export function memoryCounters(keys: StateKeys): Counters {
  const counts = new Map<string, bigint>();
  async function add(key: string, by: number): Promise<number> {
    const count = (counts.get(key) ?? 0n) + BigInt(requireAmount(by));
    if (count < INT64.min || count > INT64.max) {
      throw new StateError('counter_overflow', 'the counter is at its end and has not moved');
    }
    counts.set(key, count);
    return exactCount(count);
  }
  const read = async (key: string) => exactCount(counts.get(key) ?? 0n);
  return {
    add: async (name, by = 1) => add(keys.counter(name), by),
    read: async (name) => read(keys.counter(name)),
    addGlobal: (by = 1) => add(keys.global(), by),
    readGlobal: () => read(keys.global()),
  };
}
