import { EventEmitter, on } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { openCatalogHub } from '../src/catalog-hub.ts';
import type { Catalog, Snapshot } from '../src/catalog.ts';
import { protectingCatalog } from '../src/membership/protecting-catalog.ts';
import { DiscoveryError } from '../src/errors.ts';
import { fixedCatalog } from '../src/fixed/catalog.ts';
import { silentLog } from '../src/log.ts';
import { noCache } from '../src/membership/disk-cache.ts';
import { cachingCatalog } from '../src/membership/caching-catalog.ts';
import { catalogConformance, type CatalogBench } from './catalog-conformance.ts';

type Wrap = (source: Catalog) => Catalog;
type MakeBench = (wrap: Wrap, waitMaxMs: number) => () => Promise<CatalogBench>;

/** The fixed adapter: nothing to cut. */
const fixedBench: MakeBench = (wrap, waitMaxMs) => () => {
  const source = fixedCatalog({});
  return Promise.resolve({
    catalog: wrap(source),
    service: 'bench',
    waitMaxMs,
    put: (instances) => Promise.resolve(source.put('bench', instances)),
    close: () => Promise.resolve(),
  });
};

/** The fixed adapter over a link that can be cut. */
const cuttableBench: MakeBench = (wrap, waitMaxMs) => () => {
  const error = new DiscoveryError('catalog_unavailable', 'cut');
  const source = fixedCatalog({});
  const link = new EventEmitter();
  let isCut = false;
  const cuttable: Catalog = {
    async *watch(service, signal) {
      for (;;) {
        const cut = on(link, 'cut', { signal });
        const inner = new AbortController();
        void cut.next().then(
          () => inner.abort(),
          () => undefined,
        );
        let good: Snapshot | undefined;
        for await (good of source.watch(service, AbortSignal.any([signal, inner.signal]))) yield good;
        if (signal.aborted || !good) return;
        const mended = on(link, 'mend', { signal });
        yield { ...good, error };
        if (isCut) await mended.next().catch(() => undefined);
      }
    },
  };
  const set = (cut: boolean): Promise<void> => {
    isCut = cut;
    link.emit(cut ? 'cut' : 'mend');
    return Promise.resolve();
  };
  return Promise.resolve({
    catalog: wrap(cuttable),
    service: 'bench',
    waitMaxMs,
    put: (instances) => Promise.resolve(source.put('bench', instances)),
    cut: () => set(true),
    mend: () => set(false),
    close: () => Promise.resolve(),
  });
};

const mapped =
  (change: (snapshot: Snapshot, previous: Snapshot | undefined) => Snapshot | undefined): Wrap =>
  (source) => ({
    async *watch(service, signal) {
      let previous: Snapshot | undefined;
      for await (const snapshot of source.watch(service, signal)) {
        const changed = change(snapshot, previous);
        previous = snapshot;
        if (changed) yield changed;
      }
    },
  });

/** What is wrong, the case that must find it, and the broken catalog. */
const broken: [string, string, Wrap][] = [
  [
    'yields only passing instances',
    'keeps critical instances',
    mapped((snapshot) => ({
      ...snapshot,
      instances: snapshot.instances.filter(({ health }) => health === 'passing'),
    })),
  ],
  [
    'wipes the set on an error',
    'keeps the last good set',
    mapped((snapshot) => (snapshot.error ? { ...snapshot, instances: [] } : snapshot)),
  ],
  ['hides its errors', 'keeps the last good set', mapped((snapshot) => (snapshot.error ? undefined : snapshot))],
  [
    'yields only what is new',
    'yields the complete set',
    mapped((snapshot, previous) => ({
      ...snapshot,
      instances: snapshot.instances.filter(({ id }) => !previous?.instances.some((old) => old.id === id)),
    })),
  ],
  [
    'yields once and no more',
    'yields the complete set',
    mapped((snapshot, previous) => (previous ? undefined : snapshot)),
  ],
  [
    'waits for the first instance',
    'yields at once',
    mapped((snapshot) => (snapshot.instances.length > 0 ? snapshot : undefined)),
  ],
  [
    'forgets the meta',
    'yields every field',
    mapped((snapshot) => ({
      ...snapshot,
      instances: snapshot.instances.map((instance) => ({ ...instance, meta: {} })),
    })),
  ],
  [
    'changes what it has handed out',
    'never changes a snapshot',
    (source) => {
      const instances: Snapshot['instances'][number][] = [];
      return mapped((snapshot) => {
        instances.splice(0, instances.length, ...snapshot.instances);
        return { ...snapshot, instances };
      })(source);
    },
  ],
  [
    'ignores its signal',
    'ends quietly',
    (source) => ({ watch: (service) => source.watch(service, new AbortController().signal) }),
  ],
  [
    'throws when aborted',
    'ends quietly',
    (source) => ({
      async *watch(service, signal) {
        yield* source.watch(service, signal);
        throw new Error('aborted');
      },
    }),
  ],
  [
    'serves one reader at a time',
    'serves several readers',
    (source) => {
      let isBusy = false;
      return {
        async *watch(service, signal) {
          if (isBusy) return;
          isBusy = true;
          yield* source.watch(service, signal);
          isBusy = false;
        },
      };
    },
  ],
];

/** As the composition stacks them, over instances that do not answer for themselves. */
const decorated: Wrap = (source) => {
  const options = { probe: () => Promise.resolve(false), cache: noCache, random: () => 0, log: silentLog };
  return openCatalogHub(cachingCatalog(protectingCatalog(source, options), noCache));
};

describe.each([
  ['the fixed adapter', fixedBench((source) => source, 4_000)],
  ['the fixed adapter behind the hub', fixedBench(openCatalogHub, 4_000)],
  ['a catalog that can be cut off, behind the hub', cuttableBench(openCatalogHub, 4_000)],
  ['a catalog that can be cut off, with cache and mass-loss protection', cuttableBench(decorated, 4_000)],
])('%s', (_, makeBench) => {
  it.each(catalogConformance)('$name', async (conformanceCase) => {
    await expect(conformanceCase.run(makeBench)).resolves.toBeUndefined();
  });
});

describe('the conformance suite', () => {
  it.each(broken)('finds the catalog that %s', async (_, caseName, wrap) => {
    const conformanceCase = catalogConformance.find(({ name }) => name.startsWith(caseName));
    await expect(conformanceCase?.run(cuttableBench(wrap, 100))).rejects.toHaveProperty('message');
  });
});
