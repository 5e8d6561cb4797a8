import { effectRequest } from '../effect-request.ts';
import type { EffectReader, EffectWrite, Once } from '../effects.ts';
import { JobsError } from '../errors.ts';

/** MemoryEffects are the effects of one job, without Redis. Nothing of them expires. */
export interface MemoryEffects extends EffectReader {
  readonly once: Once;
}

type Kept = string | Map<string, string> | Set<string>;

/** memoryEffects begins with nothing done. Given to a second run of a handler, it shows what a later attempt does. */
export function memoryEffects(): MemoryEffects {
  let kept = new Map<string, Kept>();
  const done = new Map<string, readonly number[]>();
  return {
    async once(name, writes) {
      effectRequest(name, writes);
      const known = done.get(name);
      if (known !== undefined) return known;
      const next = new Map([...kept].map(([key, value]) => [key, copyOf(value)]));
      const numbers = writes.map((write) => apply(next, write));
      kept = next;
      done.set(name, numbers);
      return numbers;
    },
    number: async (key) => Number(text(kept, key) ?? 0),
    text: async (key) => text(kept, key),
    fields: async (key) => Object.fromEntries(fields(kept, key)),
    members: async (key) => [...members(kept, key)],
  };
}

function copyOf(value: Kept): Kept {
  if (typeof value === 'string') return value;
  return value instanceof Map ? new Map(value) : new Set(value);
}

function apply(kept: Map<string, Kept>, write: EffectWrite): number {
  if ('set' in write) {
    text(kept, write.set);
    kept.set(write.set, write.value);
    return 1;
  }
  if ('incrBy' in write) {
    const sum = exact(text(kept, write.incrBy), write.by);
    kept.set(write.incrBy, String(sum));
    return sum;
  }
  if ('del' in write) return kept.delete(write.del) ? 1 : 0;
  if ('sadd' in write) {
    const set = members(kept, write.sadd);
    const before = set.size;
    for (const member of write.members) set.add(member);
    kept.set(write.sadd, set);
    return set.size - before;
  }
  const key = 'hset' in write ? write.hset : write.hincrBy;
  const hash = fields(kept, key);
  kept.set(key, hash);
  if ('hset' in write) {
    const before = hash.size;
    for (const [field, value] of Object.entries(write.fields)) hash.set(field, value);
    return hash.size - before;
  }
  const sum = exact(hash.get(write.field), write.by);
  hash.set(write.field, String(sum));
  return sum;
}

function exact(held = '0', by = 1): number {
  const sum = Number(held) + by;
  if (!Number.isSafeInteger(sum)) throw new JobsError('invalid_effect', `"${held}" with ${by} is no exact number`);
  return sum;
}

const other = (key: string): never => {
  throw new JobsError('invalid_effect', `${key} holds something else`);
};

function text(kept: ReadonlyMap<string, Kept>, key: string): string | undefined {
  const found = kept.get(key);
  return found === undefined || typeof found === 'string' ? found : other(key);
}

function fields(kept: ReadonlyMap<string, Kept>, key: string): Map<string, string> {
  const found = kept.get(key) ?? new Map<string, string>();
  return found instanceof Map ? found : other(key);
}

function members(kept: ReadonlyMap<string, Kept>, key: string): Set<string> {
  const found = kept.get(key) ?? new Set<string>();
  return found instanceof Set ? found : other(key);
}
