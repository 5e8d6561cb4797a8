import type { Catalog, Snapshot } from '../catalog.ts';
import type { SetCache } from './disk-cache.ts';

/** cachingCatalog passes every snapshot on, and stores each good one as the last-known-good set. */
export function cachingCatalog(source: Catalog, cache: SetCache): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    for await (const snapshot of source.watch(service, signal)) {
      if (snapshot.error === undefined) cache.store(service, snapshot);
      yield snapshot;
    }
  }

  return { watch };
}
