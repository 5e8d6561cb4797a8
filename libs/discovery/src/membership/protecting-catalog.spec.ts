import { describe, expect, it } from '@jest/globals';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { fixedCatalog } from '../fixed/catalog.ts';
import { silentLog } from '../log.ts';
import { noCache } from './disk-cache.ts';
import type { StoredSet } from './stored-set.ts';
import { readCatalog } from '../../test/catalog-reader.ts';
import { protectingCatalog } from './protecting-catalog.ts';
import type { Probe } from './readiness-probe.ts';

const at = (n: number) => ({ id: `api-${n}`, address: '10.0.0.1', port: n });
const ids = ({ instances }: Snapshot): string => instances.map(({ id }) => id).join(' ');
const are = (expected: string) => (snapshot: Snapshot) => ids(snapshot) === expected;

async function storedSet(): Promise<StoredSet> {
  const known = fixedCatalog({ api: [at(1), at(2)] }, () => 5);
  const { value } = (await known.watch('api', AbortSignal.timeout(60_000))[Symbol.asyncIterator]().next()) as {
    value: Snapshot;
  };
  return value;
}

/** A catalog that is unreachable: one fault, then silence. */
const unreachable: Catalog = {
  async *watch(_, signal) {
    yield { instances: [], asOfMs: 0, error: new DiscoveryError('catalog_unavailable', 'refused') };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  },
};

/** A catalog that never says anything. */
const silent: Catalog = {
  watch: (_, signal) => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ done: true, value: undefined }))),
    }),
  }),
};

function protecting(source: Catalog, answers: Set<string>, stored?: StoredSet) {
  const asked: string[] = [];
  // An answer takes a while, as over a network.
  const probe: Probe = async (instance) => {
    asked.push(instance.id);
    await new Promise((resolve) => setTimeout(resolve, 10));
    return answers.has(instance.id);
  };
  const cache = { load: () => Promise.resolve(stored) };
  const catalog = protectingCatalog(source, {
    probe,
    cache: stored ? cache : noCache,
    random: () => 0,
    log: silentLog,
  });
  return { asked, reader: readCatalog(catalog, 'api', 20_000) };
}

describe('protectingCatalog', () => {
  it('keeps those of a sudden loss that answer, while they answer', async () => {
    const source = fixedCatalog({ api: [at(1), at(2), at(3)] });
    const answers = new Set(['api-1', 'api-2']);
    const { asked, reader } = protecting(source, answers);
    await reader.next('all', are('api-1 api-2 api-3'));
    expect(asked).toEqual([]);
    source.put('api', []);
    await reader.next('those that answer', are('api-1 api-2'));
    answers.delete('api-1');
    await reader.next('the one that still answers', are('api-2'));
    source.put('api', [at(2)]);
    await reader.next('what the catalog lists', are('api-2'));
    const before = asked.length;
    source.put('api', [at(2), at(4)]);
    await reader.next('more', are('api-2 api-4'));
    expect(asked).toHaveLength(before);
    await reader.end();
  });

  it('never shows the smaller set before the probes have answered', async () => {
    const source = fixedCatalog({ api: [at(1), at(2), at(3)] });
    const { reader } = protecting(source, new Set(['api-1', 'api-2', 'api-3']));
    await reader.next('all', are('api-1 api-2 api-3'));
    source.put('api', []);
    expect(ids(await reader.next('the next set'))).toBe('api-1 api-2 api-3');
    await reader.end();
  });

  it('drops those at once that were in maintenance', async () => {
    const source = fixedCatalog({ api: [at(1), at(2)] });
    const { asked, reader } = protecting(source, new Set(['api-1', 'api-2']));
    await reader.next('both', are('api-1 api-2'));
    source.put('api', [
      { ...at(1), health: 'maintenance' },
      { ...at(2), health: 'maintenance' },
    ]);
    await reader.next('both in maintenance', ({ instances }) => instances[0]?.health === 'maintenance');
    source.put('api', []);
    await reader.next('nobody', are(''));
    expect(asked).toEqual([]);
    await reader.end();
  });

  it.each([
    ['is unreachable', unreachable],
    ['does not answer', silent],
  ])('uses the last-known-good set where the catalog %s, of those that confirm themselves', async (_, source) => {
    const answers = new Set(['api-2']);
    const { reader } = protecting(source, answers, await storedSet());
    const first = await reader.next('a first set');
    expect(ids(first)).toBe('api-2');
    expect(first).toMatchObject({ cached: true, asOfMs: 5, error: { code: 'catalog_unavailable' } });
    answers.add('api-1');
    await reader.next('the one that answers later', are('api-1 api-2'));
    await reader.end();
  });

  it('says that it has nobody where nobody answers', async () => {
    const { reader } = protecting(unreachable, new Set(), await storedSet());
    expect(await reader.next('a first set')).toMatchObject({ instances: [], error: { code: 'catalog_unavailable' } });
    await reader.end();
  });

  it('probes nobody where the catalog answers as before', async () => {
    const { asked, reader } = protecting(fixedCatalog({ api: [at(1), at(2)] }), new Set(), await storedSet());
    const first = await reader.next('a first set');
    expect([ids(first), first.cached]).toEqual(['api-1 api-2', undefined]);
    expect(asked).toEqual([]);
    await reader.end();
  });

  it('passes on that its source broke', async () => {
    const broken: Catalog = {
      async *watch() {
        yield Promise.resolve({ instances: [], asOfMs: 1 });
        throw new Error('broken source');
      },
    };
    const { reader } = protecting(broken, new Set());
    await reader.next('the set before');
    await expect(reader.next('more')).rejects.toThrow('broken source');
  });
});
