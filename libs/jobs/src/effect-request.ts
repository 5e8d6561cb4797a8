import type { EffectWrite } from './effects.ts';
import { JobsError } from './errors.ts';

/** Writes of one effect. */
export const EFFECT_WRITES_MAX = 16;
/** Values, fields and members of one effect, in number and in all their characters. */
const ARGUMENTS_MAX = 1_000;
const CHARACTERS_MAX = 256 * 1024;
const KEY_MAX = 256;
/** Ten years; Redis refuses what no clock can reach. */
const EXPIRE_MAX_MS = 10 * 365 * 24 * 3_600_000;
const NAME = /^[A-Za-z0-9_.:-]{1,64}$/;
const HALF_SURROGATE = 'half a surrogate cannot be kept';

/** EffectRequest is an effect as the script takes it. */
export interface EffectRequest {
  readonly name: string;
  /** Of each write, as the effect spells them. */
  readonly keys: readonly string[];
  /** Of each write: a text of its kind, its expiry (ms, 0 for none) and the number of its arguments; then its arguments. */
  readonly args: readonly (string | number)[];
}

interface Write {
  readonly kind: 'incrBy' | 'set' | 'hset' | 'hincrBy' | 'sadd' | 'del';
  readonly key: string;
  readonly args: readonly (string | number)[];
}

/** effectRequest checks an effect before anything is sent. Throws JobsError `invalid_effect`. */
export function effectRequest(name: string, writes: readonly EffectWrite[]): EffectRequest {
  const fail = (what: string): never => {
    throw new JobsError('invalid_effect', `Effect "${name.slice(0, 100)}": ${what}`);
  };
  if (!NAME.test(name)) fail(`its name must match ${NAME.source}`);
  if (writes.length === 0 || writes.length > EFFECT_WRITES_MAX) fail(`it must have 1 to ${EFFECT_WRITES_MAX} writes`);
  const kinds = writes.length > 1 ? new Map<string, string>() : undefined;
  let characters = 0;
  const keys: string[] = [];
  const flat: (string | number)[] = [];
  for (const write of writes) {
    const { kind, key, args } = writeOf(write);
    const expireMs = ('expireMs' in write ? write.expireMs : undefined) ?? 0;
    if (key.length === 0 || key.length > KEY_MAX) fail(`a key has 1 to ${KEY_MAX} characters`);
    characters += key.length;
    if (!key.isWellFormed()) fail(HALF_SURROGATE);
    if (args.length === 0 && kind !== 'del') fail(`${kind} of ${key} writes nothing`);
    if (!Number.isInteger(expireMs) || expireMs < 0 || expireMs > EXPIRE_MAX_MS)
      fail(`expireMs must be a whole number up to ${EXPIRE_MAX_MS}`);
    // What one write makes of a key must be what the next one of that key can work on.
    if (kinds !== undefined) {
      if ((kinds.get(key) ?? kind) !== kind) fail(`${key} is written in two ways`);
      kinds.set(key, kind);
    }
    keys.push(key);
    flat.push(`${kind} ${expireMs} ${args.length}`);
    for (const arg of args) {
      if (typeof arg === 'string') {
        characters += arg.length;
        if (!arg.isWellFormed()) fail(HALF_SURROGATE);
      } else if (!Number.isSafeInteger(arg)) fail('numbers must be whole');
      flat.push(arg);
    }
  }
  if (flat.length > ARGUMENTS_MAX || characters > CHARACTERS_MAX)
    fail(`it is larger than ${ARGUMENTS_MAX} values or ${CHARACTERS_MAX} characters`);
  return { name, keys, args: flat };
}

function writeOf(write: EffectWrite): Write {
  if ('incrBy' in write) return { kind: 'incrBy', key: write.incrBy, args: [write.by ?? 1] };
  if ('set' in write) return { kind: 'set', key: write.set, args: [write.value] };
  if ('hset' in write) return { kind: 'hset', key: write.hset, args: Object.entries(write.fields).flat() };
  if ('hincrBy' in write) return { kind: 'hincrBy', key: write.hincrBy, args: [write.field, write.by ?? 1] };
  if ('sadd' in write) return { kind: 'sadd', key: write.sadd, args: write.members };
  return { kind: 'del', key: write.del, args: [] };
}
