import { type RedisConnection, redisFault } from '@nestfleet/redis';

/** Scripts that a transaction of ours runs: the claim, and BullMQ's inserts by its version. */
const IN_TRANSACTIONS = /^claimJob$|^add\w*Job:/;

export interface TransactionScripts {
  /**
   * Runs a transaction on the node of `key`, with the scripts loaded where they may be missing; once more where they were
   * missing all the same, because nothing ran then.
   */
  runLoaded<T>(key: string, transaction: () => Promise<T>): Promise<T>;
}

/**
 * ioredis sends the text of a script once per socket and its hash from then on. When Redis refused that once (full, loading,
 * a cluster that is down), every transaction after it fails with NOSCRIPT until the socket is another: outside of a
 * transaction the reply of the script tells ioredis, inside it is one of EXEC's, which ioredis does not look at. The same where
 * Redis has lost its scripts: SCRIPT FLUSH, or its own eviction of them.
 */
export function transactionScripts(redis: RedisConnection): TransactionScripts {
  const stale = new WeakSet<object>();

  async function ensureLoaded(key: string): Promise<void> {
    const node = redis.nodeOf(key);
    if (node === undefined || !stale.has(node)) return;
    const known: Readonly<Record<string, { readonly lua: string }>> = redis.client.scriptsSet;
    const texts = Object.entries(known).flatMap(([name, { lua }]) => (IN_TRANSACTIONS.test(name) ? [lua] : []));
    await Promise.all(texts.map((lua) => node.script('LOAD', lua)));
    stale.delete(node);
  }

  async function run<T>(key: string, transaction: () => Promise<T>): Promise<T> {
    await ensureLoaded(key);
    try {
      return await transaction();
    } catch (error) {
      const node = redis.nodeOf(key);
      if (node !== undefined) stale.add(node);
      throw error;
    }
  }

  return {
    async runLoaded(key, transaction) {
      try {
        return await run(key, transaction);
      } catch (error) {
        if (redisFault(error)?.resend !== 'with the script') throw error;
        return run(key, transaction);
      }
    },
  };
}
