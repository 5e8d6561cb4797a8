import type { Catalog, Snapshot } from '../catalog.ts';
import type { Memory } from './disk-memory.ts';

/** Passes everything on, and has each good set kept. */
export function rememberingCatalog(source: Catalog, memory: Memory): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    for await (const snapshot of source.watch(service, signal)) {
      if (snapshot.error === undefined) memory.keep(service, snapshot);
      yield snapshot;
    }
  }

  return { watch };
}
