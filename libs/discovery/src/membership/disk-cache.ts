import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { decodeSet, encodeSet, type StoredSet } from './stored-set.ts';

/** SetCache is the last-known-good cache: the last good set of each service, for the next process. */
export interface SetCache {
  /** Undefined where nothing is stored. Never rejects. */
  load(service: string): Promise<StoredSet | undefined>;
  /** Soon, and never in the way: a set that cannot be written is only lost to the next process. */
  store(service: string, set: StoredSet): void;
}

export interface DiskCacheOptions {
  dir: string;
  log: Log;
  /**
   * Least time between two writes for a service; the last set of a burst is the one that stays.
   *
   * @default 1_000
   */
  restMs?: number;
}

const DRAFT = /^catalog-.*\.json\.[0-9a-f-]{36}$/;
const DRAFT_MAX_AGE_MS = 60_000;

/** A process that is killed while it writes leaves its draft behind. */
async function removeOldDrafts(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!DRAFT.test(name)) continue;
    const { mtimeMs } = await stat(join(dir, name));
    if (Date.now() - mtimeMs > DRAFT_MAX_AGE_MS) await rm(join(dir, name), { force: true });
  }
}

/**
 * diskCache keeps one small file per service. Several processes may share the folder: each writes a file of its own and renames it, so
 * a reader finds one whole set or another. Not synced to the disk: after a power cut it may be gone, or damaged.
 */
export function diskCache({ dir, log, restMs = 1_000 }: DiskCacheOptions): SetCache {
  const pending = new Map<string, StoredSet>();
  let hasWarned = false;
  let isSwept = false;

  const fileOf = (service: string): string => join(dir, `catalog-${encodeURIComponent(service)}.json`);

  async function write(service: string, set: StoredSet): Promise<void> {
    const file = fileOf(service);
    const draft = `${file}.${randomUUID()}`;
    try {
      await mkdir(dir, { recursive: true });
      await writeFile(draft, encodeSet(service, set), { flag: 'wx', mode: 0o600 });
      await rename(draft, file);
      hasWarned = false;
      // Others may be sweeping too: what is gone already is no fault.
      if (!isSwept) await removeOldDrafts(dir).catch(() => undefined);
      isSwept = true;
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined);
      if (hasWarned) return;
      hasWarned = true;
      const message =
        'the last-known-good set cannot be stored: a process that starts while the catalog is unreachable has none';
      log.warn({ event: 'discovery.cache_failed', service, dir, reason: reasonOf(error) }, message);
    }
  }

  async function writePending(service: string): Promise<void> {
    for (let set = pending.get(service); set !== undefined; set = pending.get(service)) {
      await write(service, set);
      await new Promise((resolve) => setTimeout(resolve, restMs).unref());
      if (pending.get(service) === set) pending.delete(service);
    }
  }

  return {
    async load(service) {
      try {
        const stored = decodeSet(service, await readFile(fileOf(service), 'utf8'));
        if (stored === undefined) {
          log.warn({ event: 'discovery.cache_corrupt', service, dir }, 'the cached set is corrupt and is ignored');
        }
        return stored;
      } catch {
        return undefined;
      }
    },
    store(service, set) {
      const isBusy = pending.has(service);
      pending.set(service, set);
      if (!isBusy) void writePending(service);
    },
  };
}

/** noCache is for where there is no folder to store anything in. */
export const noCache: SetCache = { load: () => Promise.resolve(undefined), store: () => undefined };
