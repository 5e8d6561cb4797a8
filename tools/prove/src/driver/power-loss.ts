import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The size of a file at a moment. */
export interface SizeAt {
  readonly atMs: number;
  readonly bytes: number;
}

export interface PoweredServer {
  /** Folder of its append-only file. */
  readonly folder: string;
  readonly isGone: () => boolean;
  /** SIGKILL. Returns some time after it has ended. */
  readonly kill: () => Promise<void>;
}

const LOOK_EVERY_MS = 10;

/**
 * losePower ends a Redis with SIGKILL, and takes from its file what it wrote in its last moments. SIGKILL alone takes nothing:
 * the system still writes what it was handed. A power loss takes what was not on the disk yet, which is what was written since the
 * last fsync; with `everysec` that is up to two seconds. How much of it is for who calls this to say: it is not measured.
 * @returns how many bytes are gone
 */
export async function losePower({ folder, isGone, kill }: PoweredServer, unsyncedMs: number): Promise<number> {
  const file = writtenFile(folder);
  const sizes: SizeAt[] = [];
  const look = (): void => void sizes.push({ atMs: performance.now(), bytes: statSync(file).size });
  const watchMs = performance.now() + unsyncedMs;
  while (performance.now() < watchMs) {
    look();
    await sleep(LOOK_EVERY_MS);
  }
  const killing = kill();
  while (!isGone()) {
    look();
    await sleep(LOOK_EVERY_MS);
  }
  const deadMs = performance.now();
  await killing;
  if (writtenFile(folder) !== file) throw new Error('Redis began another append-only file in the meantime');
  const kept = syncedSize(sizes, deadMs - unsyncedMs);
  const cut = statSync(file).size - kept;
  truncateSync(file, kept);
  return cut;
}

/** The size that the file had last before a moment. */
export function syncedSize(sizes: readonly SizeAt[], beforeMs: number): number {
  const last = sizes.findLast(({ atMs }) => atMs <= beforeMs);
  if (last === undefined) throw new Error('nobody has looked at the file before that');
  return last.bytes;
}

/** Redis writes to the newest increment. */
function writtenFile(folder: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'));
  const newest = files.toSorted((a, b) => numberOf(a) - numberOf(b)).at(-1);
  if (newest === undefined) throw new Error(`no append-only file in ${folder}`);
  return join(folder, newest);
}

const numberOf = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1]);
