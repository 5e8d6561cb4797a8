import assert from 'node:assert/strict';
import { within as endsWithin } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../src/catalog.ts';

/** Reads a watch step by step, with a bound on every wait. */
export interface CatalogReader {
  /** The next snapshot that the predicate accepts; fails after the time limit. */
  next(what: string, accept?: (snapshot: Snapshot) => boolean): Promise<Snapshot>;
  /** Aborts the watch and fails unless it ends within the time limit, quietly. */
  end(): Promise<void>;
  /** Leaves the watch, in whatever state it is, without a look at how it ends. */
  leave(): void;
}

async function within<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  assert.ok(await endsWithin(work, ms), `${what} within ${ms} ms`);
  return work;
}

export function readCatalog(catalog: Catalog, service: string, waitMaxMs: number): CatalogReader {
  const stop = new AbortController();
  const iterator = catalog.watch(service, stop.signal)[Symbol.asyncIterator]();
  return {
    async next(what, accept = () => true) {
      const endMs = performance.now() + waitMaxMs;
      let seen = 'nothing';
      for (;;) {
        const expected = `expected ${what}; last seen: ${seen}`;
        const result = await within(iterator.next(), Math.max(endMs - performance.now(), 1), expected);
        assert.ok(!result.done, `the watch ended; ${expected}`);
        if (accept(result.value)) return result.value;
        seen = JSON.stringify(result.value);
      }
    },
    leave() {
      stop.abort();
      // What waits for a value has heard the signal; what waits for its reader hears only this.
      void iterator.return?.().catch(() => undefined);
    },
    async end() {
      const pending = iterator.next();
      stop.abort();
      const drain = async (): Promise<void> => {
        let result = await pending;
        while (!result.done) result = await iterator.next();
      };
      await within(drain(), waitMaxMs, 'the watch should end after its signal aborted');
    },
  };
}
