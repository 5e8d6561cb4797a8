import { createHash } from 'node:crypto';
import { valueKey } from '@nestfleet/contracts';
import { StateError } from './errors.ts';

/** Hash tags over which sessions are spread, and in layout 2 counters and idempotency keys. */
const BUCKETS = 64;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** StateKeys is the only place that spells a key of this lib. */
export interface StateKeys {
  /** `nf:{s<0..63>}:session:<id>`: many tags, so that a cluster spreads the sessions. */
  session(id: string): string;
  global(): string;
  /** Throws StateError `invalid_key`. */
  counter(name: string): string;
  /** The count of the window of this length that runs now: its expiry ends it. Throws StateError `invalid_key`. */
  window(name: string, windowMs: number): string;
  /** The add that was made with the idempotency token of this hash. */
  applied(tokenHash: string): string;
  /** Throws StateError `invalid_key`. */
  value(key: string): string;
  /** Throws StateError `invalid_key`. */
  lease(name: string): string;
  /** The last fencing token, one row of numbers over all leases. */
  fence(): string;
  /** By the hash of whose key for what: the key itself is the caller's secret. */
  idempotency(scopeKey: string): string;
  /** Throws StateError `invalid_key`. */
  limit(key: string): string;
  /** What all value keys begin with. */
  readonly valuePrefix: string;
  /** The last version that a value got. */
  valueVersion(): string;
  /** Which layout the namespace has. */
  layout(): string;
  /** From when on layout 2 holds for what layout 1 has under this tag. */
  layoutSwitch(tag: 'c' | 'i'): string;
  /** Where layout 2 has what layout 1 has on one slot. */
  readonly spread: SpreadKeys;
}

/** SpreadKeys are of layout 2: a counter with its windows and tokens on one of 64 slots, an idempotency key on one of 64. */
export interface SpreadKeys {
  counter(name: string): string;
  window(name: string, windowMs: number): string;
  /** The add to this counter with the idempotency token of this hash. */
  applied(name: string, tokenHash: string): string;
  idempotency(scopeKey: string): string;
}

/** @param tagged spells the beginning of keys under a hash tag, such as `nf:{v}:` */
export function stateKeys(tagged: (tag: string) => string): StateKeys {
  const counterPrefix = `${tagged('c')}counter:`;
  const windowPrefix = `${tagged('c')}window:`;
  const appliedPrefix = `${tagged('c')}applied:`;
  const globalKey = `${tagged('g')}global`;
  const valuePrefix = `${tagged('v')}value:`;
  const valueVersionKey = `${tagged('v')}version`;
  const leasePrefix = `${tagged('l')}lease:`;
  const fenceKey = `${tagged('l')}fence`;
  const idempotencyPrefix = `${tagged('i')}idem:`;
  const limitPrefix = `${tagged('r')}quota:`;
  const counterBuckets = Array.from({ length: BUCKETS }, (_none, bucket) => tagged(`c${bucket}`));
  const idempotencyBuckets = Array.from({ length: BUCKETS }, (_none, bucket) => tagged(`i${bucket}`));
  const bucketOfCounter = (name: string) => counterBuckets[bucketOf(requireKey(name))];
  const sessionPrefixes = Array.from({ length: BUCKETS }, (_none, bucket) => `${tagged(`s${bucket}`)}session:`);
  return {
    session: (id) => `${sessionPrefixes[bucketOf(id)]}${id}`,
    global: () => globalKey,
    counter: (name) => counterPrefix + requireKey(name),
    window: (name, windowMs) => `${windowPrefix}${requireKey(name)}:${windowMs}`,
    applied: (tokenHash) => appliedPrefix + tokenHash,
    value: (key) => valuePrefix + requireKey(key),
    lease: (name) => leasePrefix + requireKey(name),
    fence: () => fenceKey,
    idempotency: (scopeKey) => idempotencyPrefix + hashOf(scopeKey),
    limit: (key) => limitPrefix + requireKey(key),
    valuePrefix,
    valueVersion: () => valueVersionKey,
    layout: () => `${tagged('layout')}version`,
    layoutSwitch: (tag) => `${tagged(tag)}layout`,
    spread: {
      counter: (name) => `${bucketOfCounter(name)}counter:${name}`,
      window: (name, windowMs) => `${bucketOfCounter(name)}window:${name}:${windowMs}`,
      applied: (name, tokenHash) => `${bucketOfCounter(name)}applied:${tokenHash}`,
      idempotency(scopeKey) {
        const hash = hashOf(scopeKey);
        return `${idempotencyBuckets[bucketOf(hash)]}idem:${hash}`;
      },
    },
  };
}

const hashOf = (scopeKey: string): string => createHash('sha256').update(scopeKey).digest('base64url');

/** FNV-1a: every replica and every version must find the same bucket, so it must never change. */
export function bucketOf(id: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), FNV_PRIME) >>> 0;
  return hash % BUCKETS;
}

/** The key itself, or StateError `invalid_key`. */
export function requireKey(key: string): string {
  if (valueKey.safeParse(key).success) return key;
  throw new StateError('invalid_key', `"${key.slice(0, 140)}" is no key: 1 to 128 of letters, digits and . _ ~ : @ -`);
}
