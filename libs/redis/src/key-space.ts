import { RedisError } from './errors.ts';

const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** The beginnings of all keys of a namespace. Each carries a hash tag, which keeps the keys of one script in one slot. */
export interface KeySpace {
  readonly namespace: string;
  /** `nf:{<tag>}:` */
  tagged(tag: string): string;
  /** `{nf:<queue>}`, the prefix that BullMQ gets for a queue. */
  queue(queue: string): string;
}

/** Throws RedisError `namespace`. */
export function keySpace(namespace: string): KeySpace {
  if (!namespacePattern.test(namespace)) {
    throw new RedisError('namespace', `"${namespace}" is not a namespace: letters, digits, _ . - (64 at most)`);
  }
  return {
    namespace,
    tagged: (tag) => `${namespace}:{${tag}}:`,
    queue: (queue) => `{${namespace}:${queue}}`,
  };
}

/** What Redis Cluster hashes when there is one: the text between the first `{` and the next `}`, unless that is empty. */
export function hashTagOf(key: string): string | undefined {
  const open = key.indexOf('{');
  if (open === -1) return undefined;
  const close = key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : undefined;
}

/** Throws RedisError `cross_slot` unless every key has the same hash tag, so that no cluster answers CROSSSLOT. */
export function requireOneHashTag(what: string, keys: readonly string[]): void {
  const [first = ''] = keys;
  const tag = hashTagOf(first);
  const braced = `{${tag}}`;
  // Looked for in place, because the keys of each script pass here.
  if (tag !== undefined && keys.every((key) => key.startsWith(braced, key.indexOf('{')))) return;
  throw new RedisError('cross_slot', `${what}: its keys do not share one hash tag: ${keys.join(', ')}`);
}
