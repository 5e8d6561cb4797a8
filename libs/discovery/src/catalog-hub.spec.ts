import { describe, expect, it } from '@jest/globals';
import { openCatalogHub } from './catalog-hub.ts';
import type { Catalog, Snapshot } from './catalog.ts';
import { DiscoveryError } from './errors.ts';
import { fixedCatalog } from './fixed/catalog.ts';

function counted(source: Catalog) {
  const counts = { begun: 0, ended: 0 };
  const catalog: Catalog = {
    async *watch(service, signal) {
      counts.begun += 1;
      try {
        yield* source.watch(service, signal);
      } finally {
        counts.ended += 1;
      }
    },
  };
  return { counts, catalog };
}

async function first(catalog: Catalog, signal: AbortSignal): Promise<Snapshot | undefined> {
  const result = await catalog.watch('api', signal)[Symbol.asyncIterator]().next();
  return result.done ? undefined : result.value;
}

describe('openCatalogHub', () => {
  it('asks its source once for all readers of a service, and ends the watch with the last of them', async () => {
    const { counts, catalog } = counted(fixedCatalog({ api: ['127.0.0.1:1'] }));
    const hub = openCatalogHub(catalog);
    const stop = new AbortController();
    const readers = Array.from({ length: 20 }, () => hub.watch('api', stop.signal)[Symbol.asyncIterator]());
    const snapshots = await Promise.all(readers.map((reader) => reader.next()));
    expect(new Set(snapshots.map(({ value }) => value as Snapshot)).size).toBe(1);
    expect(counts).toEqual({ begun: 1, ended: 0 });
    for (const reader of readers.slice(1)) await reader.return?.();
    expect(counts.ended).toBe(0);
    const waiting = readers[0]?.next();
    stop.abort();
    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
    await new Promise(setImmediate);
    expect(counts).toEqual({ begun: 1, ended: 1 });
  });

  it('warns once when its source begins to fail, and says once that it answers again', async () => {
    const error = new DiscoveryError('catalog_unavailable', 'nobody answers');
    const good: Snapshot = { instances: [], asOfMs: 1 };
    const source: Catalog = {
      async *watch() {
        yield* [good, { ...good, error }, { ...good, error }, good, good, { ...good, error }];
      },
    };
    const lines: unknown[] = [];
    const line =
      (level: string) =>
      ({ event, service, reason }: Record<string, unknown>): void =>
        void lines.push([level, event, service, reason]);
    const hub = openCatalogHub(source, { info: line('info'), warn: line('warn') });
    for await (const _ of hub.watch('api', new AbortController().signal));
    const failed = ['warn', 'discovery.watch_failed', 'api', 'nobody answers'];
    expect(lines).toEqual([failed, ['info', 'discovery.watch_recovered', 'api', undefined], failed]);
  });

  it('gives a late reader what it knows already', async () => {
    const { signal } = new AbortController();
    const hub = openCatalogHub(fixedCatalog({ api: ['127.0.0.1:1'] }));
    const early = await first(hub, signal);
    expect(await first(hub, signal)).toBe(early);
  });

  it('gives a slow reader the latest set only', async () => {
    const source = fixedCatalog({ api: [] });
    const reader = openCatalogHub(source).watch('api', new AbortController().signal)[Symbol.asyncIterator]();
    await reader.next();
    for (const port of [1, 2, 3]) source.put('api', [`127.0.0.1:${port}`]);
    await new Promise(setImmediate);
    const { value } = (await reader.next()) as { value: Snapshot };
    expect(value.instances.map(({ port }) => port)).toEqual([3]);
  });

  it('turns a source that throws into a snapshot with the last good set', async () => {
    const good: Snapshot = { instances: [], asOfMs: 5 };
    const hub = openCatalogHub({
      async *watch() {
        yield Promise.resolve(good);
        throw new Error('broken source');
      },
    });
    const seen: Snapshot[] = [];
    for await (const snapshot of hub.watch('api', new AbortController().signal)) seen.push(snapshot);
    expect(seen.at(-1)).toMatchObject({ asOfMs: 5, error: { code: 'catalog_unavailable' } });
  });

  it('ends all its readers when it is closed', async () => {
    const hub = openCatalogHub(fixedCatalog({}));
    const reader = hub.watch('api', new AbortController().signal)[Symbol.asyncIterator]();
    await reader.next();
    const waiting = reader.next();
    hub.close();
    await expect(waiting).resolves.toMatchObject({ done: true });
    expect(await first(hub, new AbortController().signal)).toBeUndefined();
  });
});
