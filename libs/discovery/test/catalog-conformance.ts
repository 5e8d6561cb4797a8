import assert from 'node:assert/strict';
import type { Catalog, Snapshot } from '../src/catalog.ts';
import type { Health, Instance } from '../src/instance.ts';
import { readCatalog, type CatalogReader } from './catalog-reader.ts';

/** An instance as a bench is asked to bring it about. */
export type BenchInstance = Omit<Instance, 'service'>;

/** One catalog under test with a hand on what stands behind it. Each case gets a fresh one. */
export interface CatalogBench {
  catalog: Catalog;
  /** A service that nobody else uses. */
  service: string;
  /** Makes the registry hold exactly these instances of the service. */
  put(instances: readonly BenchInstance[]): Promise<void>;
  /** How this catalog shows an instance that was put, where it cannot know all of it; undefined: not at all. */
  asSeen?(instance: BenchInstance): BenchInstance | undefined;
  /** The longest wait for anything to show. Default 5,000. */
  waitMaxMs?: number;
  /** Cuts the catalog off from its registry, and joins them again. Absent where nothing can be cut. */
  cut?(): Promise<void>;
  mend?(): Promise<void>;
  close(): Promise<void>;
}

export interface ConformanceCase {
  readonly name: string;
  readonly run: (makeBench: () => Promise<CatalogBench>) => Promise<void>;
}

export function benchInstance(n: number, health: Health = 'passing'): BenchInstance {
  return {
    id: `bench-${n}-1700000000000`,
    address: `127.0.0.${n}`,
    port: 3_000 + n,
    health,
    tags: ['blue'],
    meta: { version: '1.0.0', epoch: '1700000000000' },
    weight: n,
    epoch: 1_700_000_000_000,
  };
}

/** Who reads from a bench: a watch that nobody leaves asks its registry for ever. */
const readersOf = new WeakMap<CatalogBench, CatalogReader[]>();

function read(bench: CatalogBench): CatalogReader {
  const { catalog, service, waitMaxMs = 5_000 } = bench;
  const reader = readCatalog(catalog, service, waitMaxMs);
  readersOf.set(bench, [...(readersOf.get(bench) ?? []), reader]);
  return reader;
}

const seenBy = (bench: CatalogBench, put: readonly BenchInstance[]): BenchInstance[] =>
  put
    .map((instance) => (bench.asSeen ? bench.asSeen(instance) : instance))
    .filter((instance) => instance !== undefined);

const holds = (bench: CatalogBench, ...put: readonly BenchInstance[]) => {
  const expected = JSON.stringify(seenBy(bench, put).map(({ id, health }) => [id, health]));
  return ({ instances, error }: Snapshot): boolean =>
    error === undefined && JSON.stringify(instances.map(({ id, health }) => [id, health])) === expected;
};

function conformanceCase(name: string, check: (bench: CatalogBench) => Promise<void>): ConformanceCase {
  return {
    name,
    async run(makeBench) {
      const bench = await makeBench();
      try {
        await check(bench);
      } finally {
        for (const reader of readersOf.get(bench) ?? []) reader.leave();
        await bench.close();
      }
    },
  };
}

const [one, two] = [benchInstance(1), benchInstance(2)];

/** What every Catalog promises. Each case rejects with an AssertionError where the promise is broken. */
export const catalogConformance: readonly ConformanceCase[] = [
  conformanceCase('yields at once for a service that nobody knows: an empty set and no error', async (bench) => {
    const snapshot = await read(bench).next('a first snapshot');
    assert.deepEqual([snapshot.instances, snapshot.error], [[], undefined]);
  }),

  conformanceCase('yields every field of an instance', async (bench) => {
    await bench.put([one, two]);
    const { instances } = await read(bench).next('both instances', holds(bench, one, two));
    assert.deepEqual(
      instances,
      seenBy(bench, [one, two]).map((instance) => ({ ...instance, service: bench.service })),
    );
  }),

  conformanceCase('yields the complete set after an instance came and after one went', async (bench) => {
    await bench.put([one]);
    const reader = read(bench);
    await reader.next('the first instance', holds(bench, one));
    await bench.put([one, two]);
    await reader.next('both instances', holds(bench, one, two));
    await bench.put([two]);
    await reader.next('the second instance alone', holds(bench, two));
    await bench.put([]);
    await reader.next('an empty set', holds(bench));
  }),

  conformanceCase('keeps critical instances and those in maintenance in the set, and says so', async (bench) => {
    const set = [one, benchInstance(2, 'critical'), benchInstance(3, 'maintenance')];
    await bench.put(set);
    const reader = read(bench);
    await reader.next('all three healths', holds(bench, ...set));
    await bench.put([one, two]);
    await reader.next('passing again', holds(bench, one, two));
  }),

  conformanceCase('never changes a snapshot that it has handed out', async (bench) => {
    await bench.put([one]);
    const reader = read(bench);
    const snapshot = await reader.next('the first instance', holds(bench, one));
    const before = JSON.stringify(snapshot);
    await bench.put([two]);
    await reader.next('the second instance', holds(bench, two));
    assert.equal(JSON.stringify(snapshot), before);
  }),

  conformanceCase('serves several readers, and one that leaves does not disturb the other', async (bench) => {
    const [reader, other] = [read(bench), read(bench)];
    await Promise.all([reader.next('a first snapshot'), other.next('a first snapshot')]);
    await other.end();
    await bench.put([one]);
    await reader.next('the instance', holds(bench, one));
  }),

  conformanceCase('ends quietly when its signal aborts, and says nothing when it was aborted before', async (bench) => {
    const reader = read(bench);
    await reader.next('a first snapshot');
    await reader.end();
    for await (const snapshot of bench.catalog.watch(bench.service, AbortSignal.abort())) {
      assert.fail(`an aborted watch yielded ${JSON.stringify(snapshot)}`);
    }
  }),

  conformanceCase(
    'keeps the last good set while the registry is unreachable, and is fresh again after it',
    async (bench) => {
      if (!bench.cut || !bench.mend) return;
      await bench.put([one]);
      const reader = read(bench);
      const good = await reader.next('the instance', holds(bench, one));
      await bench.cut();
      const stale = await reader.next('a snapshot with the fault', ({ error }) => error !== undefined);
      assert.deepEqual(stale.instances, good.instances);
      assert.ok(
        stale.asOfMs >= good.asOfMs && stale.asOfMs <= Date.now(),
        'asOfMs is the time of the last good answer',
      );
      await bench.mend();
      await bench.put([one, two]);
      await reader.next('both instances without an error', holds(bench, one, two));
    },
  ),
];
