import type { RedisClient } from './link.ts';

/** A primary may serve a single slot; of so many tags none lies there once in 200,000 clusters of that kind. */
const TAGS_MAX = 200_000;
const TTL_MS = 1_000;
/** Health may be asked for by anybody. */
const AGAIN_AFTER_MS = 1_000;

export interface WriteProbeParts {
  readonly keyOf: (tag: string) => string;
  /** The primaries that the slot map names now. */
  readonly owners: () => readonly string[];
  /** The one of them that serves the slot of `key`. */
  readonly ownerOf: (key: string) => string | undefined;
  readonly write: <T>(key: string, work: (client: RedisClient) => Promise<T>) => Promise<T>;
  readonly onPassed: () => void;
}

export interface WriteProbe {
  /** One small write on each primary, each with its own time. */
  once(): Promise<void>;
  /** The same, or the end of one that began within the last second. */
  recent(): Promise<void>;
}

/** writeProbe asks whether writes are taken, because PING is answered by a server that takes none. */
export function writeProbe({ keyOf, owners, ownerOf, write, onPassed }: WriteProbeParts): WriteProbe {
  let last: { readonly atMs: number; readonly end: Promise<void> } | undefined;
  /** A tag of each primary: how many are looked at until one lies in its slots depends on how many slots it has. */
  let found: ReadonlyMap<string, string> = new Map();

  function keyOfEachPrimary(): readonly string[] {
    const served = owners();
    const keys = new Map([...found].filter(([owner, key]) => served.includes(owner) && ownerOf(key) === owner));
    const missing = new Set(served.filter((owner) => !keys.has(owner)));
    for (let n = 0; missing.size > 0 && n < TAGS_MAX; n += 1) {
      const key = keyOf(`h${n}`);
      const owner = ownerOf(key);
      if (owner !== undefined && missing.delete(owner)) keys.set(owner, key);
    }
    found = keys;
    // With nobody to serve any slot the write says what is wrong.
    return keys.size === 0 ? [keyOf('h0')] : [...keys.values()];
  }

  async function once(): Promise<void> {
    const writes = keyOfEachPrimary().map((key) => write(key, (client) => client.set(key, '1', 'PX', TTL_MS)));
    await Promise.all(writes);
    onPassed();
  }

  return {
    once,
    recent() {
      const atMs = performance.now();
      if (last === undefined || atMs - last.atMs >= AGAIN_AFTER_MS) {
        last = { atMs, end: once() };
      }
      return last.end;
    },
  };
}
