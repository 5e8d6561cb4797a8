import { VALUE_LENGTH_MAX } from '@nestfleet/contracts';
import { StateError } from '../errors.ts';
import type { ListOptions } from './values.ts';

const TTL_MAX_MS = 31_536_000_000;
const PREFIX_LENGTH_MAX = 128;
const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 50;

export function requireValue(value: string): string {
  if (value.length > VALUE_LENGTH_MAX) {
    throw new StateError(
      'value_too_large',
      `the value is ${value.length} characters long, at most ${VALUE_LENGTH_MAX}`,
    );
  }
  // Half a pair has no UTF-8, so it would be read back as something else.
  if (!value.isWellFormed()) throw new StateError('invalid_value', 'the value has half a surrogate pair');
  return value;
}

/** The lifetime, or undefined when the value stays. */
export function requireTtl(ttlMs: number | undefined): number | undefined {
  if (ttlMs === undefined || (Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= TTL_MAX_MS)) return ttlMs;
  throw new StateError('invalid_ttl', `a lifetime is 1 to ${TTL_MAX_MS} ms, not ${ttlMs}`);
}

export function requireList({ prefix = '', limit = LIMIT_DEFAULT }: ListOptions): { prefix: string; limit: number } {
  if (prefix.length > PREFIX_LENGTH_MAX) {
    throw new StateError('invalid_key', `a prefix has at most ${PREFIX_LENGTH_MAX} characters`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new StateError('invalid_limit', `a page holds 1 to ${LIMIT_MAX} keys, not ${limit}`);
  }
  return { prefix, limit };
}
