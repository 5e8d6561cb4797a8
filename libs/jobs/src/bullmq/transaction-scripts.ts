import type { RedisConnection } from '@nestfleet/redis';

/** Scripts that a transaction of ours runs: the claim, and BullMQ's inserts by its version. */
const IN_TRANSACTIONS = /^claimJob$|^add\w*Job:/;

export interface TransactionScripts {
  /** Marks the node of `key` after a transaction failed there. */
  invalidate(key: string): void;
  /** Loads the scripts into the node of `key` where they may be missing. */
  ensureLoaded(key: string): Promise<void>;
}

/**
 * ioredis sends the text of a script once per socket and its hash from then on. When Redis refused that once (full, loading,
 * a cluster that is down), every transaction after it fails with NOSCRIPT until the socket is another: outside of a
 * transaction the reply of the script tells ioredis, inside it is one of EXEC's, which ioredis does not look at.
 */
export function transactionScripts(redis: RedisConnection): TransactionScripts {
  const stale = new WeakSet<object>();
  return {
    invalidate(key) {
      const node = redis.nodeOf(key);
      if (node !== undefined) stale.add(node);
    },
    async ensureLoaded(key) {
      const node = redis.nodeOf(key);
      if (node === undefined || !stale.has(node)) return;
      const known: Readonly<Record<string, { readonly lua: string }>> = redis.client.scriptsSet;
      const texts = Object.entries(known).flatMap(([name, { lua }]) => (IN_TRANSACTIONS.test(name) ? [lua] : []));
      await Promise.all(texts.map((lua) => node.script('LOAD', lua)));
      stale.delete(node);
    },
  };
}
