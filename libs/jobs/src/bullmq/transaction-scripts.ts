import type { RedisConnection } from '@nestfleet/redis';

/** Scripts that a transaction of ours runs: the claim, and BullMQ's inserts by its version. */
const IN_TRANSACTIONS = /^claimJob$|^add\w*Job:/;

export interface TransactionScripts {
  /** The last transaction there failed. */
  doubt(key: string): void;
  /** Loads the scripts into the node of `key` where that is in doubt. */
  makeSure(key: string): Promise<void>;
}

/**
 * ioredis sends the text of a script once per socket and its hash from then on. When Redis refused that once (full, loading,
 * a cluster that is down), every transaction after it fails with NOSCRIPT until the socket is another: outside of a
 * transaction the reply of the script tells ioredis, inside it is one of EXEC's, which ioredis does not look at.
 */
export function transactionScripts(redis: RedisConnection): TransactionScripts {
  const doubted = new WeakSet<object>();
  return {
    doubt(key) {
      const node = redis.nodeOf(key);
      if (node !== undefined) doubted.add(node);
    },
    async makeSure(key) {
      const node = redis.nodeOf(key);
      if (node === undefined || !doubted.has(node)) return;
      const known: Readonly<Record<string, { readonly lua: string }>> = redis.client.scriptsSet;
      const texts = Object.entries(known).flatMap(([name, { lua }]) => (IN_TRANSACTIONS.test(name) ? [lua] : []));
      await Promise.all(texts.map((lua) => node.script('LOAD', lua)));
      doubted.delete(node);
    },
  };
}
