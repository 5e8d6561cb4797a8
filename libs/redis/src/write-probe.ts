import type { Redis } from 'ioredis';
import type { RedisClient } from './link.ts';

/** As many hash tags as find every primary of a cluster of usual size. */
const TAGS = Array.from({ length: 64 }, (_none, n) => `h${n}`);
const TTL_MS = 1_000;
/** Health may be asked for by anybody. */
const AGAIN_AFTER_MS = 1_000;

export interface WriteProbeParts {
  readonly keyOf: (tag: string) => string;
  readonly nodeOf: (key: string) => Redis | undefined;
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
export function writeProbe({ keyOf, nodeOf, write, onPassed }: WriteProbeParts): WriteProbe {
  let last: { readonly atMs: number; readonly end: Promise<void> } | undefined;

  function keyOfEachPrimary(): Map<Redis | undefined, string> {
    const keys = new Map<Redis | undefined, string>();
    for (const tag of TAGS) {
      const key = keyOf(tag);
      const node = nodeOf(key);
      if (!keys.has(node)) keys.set(node, key);
    }
    return keys;
  }

  async function once(): Promise<void> {
    const writes = [...keyOfEachPrimary().values()].map((key) =>
      write(key, (client) => client.set(key, '1', 'PX', TTL_MS)),
    );
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
