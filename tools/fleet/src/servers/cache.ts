import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { ServerFault, messageOf } from './errors.ts';

/** cacheDir is the user's cache folder for fetched servers. A relative XDG_CACHE_HOME is ignored, as its specification says. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'nestfleet');
}

/** Level by level: `recursive` never returns below a folder like /proc, where nothing can be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (fault) {
    if (!existsSync(path)) throw fault;
  }
}

/** What a folder or a disk says that takes nothing, also in the last words of a program. */
const takesNothing = /\b(?:ENOSPC|EDQUOT|EROFS|EACCES|EPERM)\b|no space left on device|quota exceeded|read-only file/i;

function cacheFault(cache: string, cause: unknown): ServerFault {
  const text = `the cache folder ${cache} cannot be written (${messageOf(cause)}); XDG_CACHE_HOME names the place of another`;
  return new ServerFault('cache_unusable', text, { cause });
}

/** dropCached removes the entry that a path in the cache belongs to. */
export function dropCached(cache: string, path: string): void {
  const [entry] = relative(cache, path).split(sep);
  if (entry !== undefined && entry !== '..') rmSync(join(cache, entry), { recursive: true, force: true });
}

const scratchPrefix = '.fetch-';
const leftoverAgeMs = 3_600_000;

/** A fetch that was killed leaves its scratch folder; one as old as this is nobody's. */
function removeLeftovers(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (
      name.startsWith(scratchPrefix) &&
      Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > leftoverAgeMs
    ) {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/**
 * cached fills `<cache>/<entry>` once and answers its path. `fill` writes into a scratch folder and names the folder of it
 * that is to stay; the rename into place is atomic, so two clones that fetch at the same time do not see halves.
 * @throws ServerFault cache_unusable when it is the folder that fails, and not whom `fill` asks
 */
export async function cached(
  cache: string,
  entry: string,
  fill: (scratch: string) => Promise<string>,
): Promise<string> {
  const place = join(cache, entry);
  if (existsSync(place)) return place;
  let scratch: string;
  try {
    makeFolder(cache);
    removeLeftovers(cache);
    scratch = mkdtempSync(join(cache, scratchPrefix));
  } catch (fault) {
    throw cacheFault(cache, fault);
  }
  try {
    const filled = await fill(scratch).catch((fault: unknown) => {
      throw takesNothing.test(messageOf(fault)) ? cacheFault(cache, fault) : fault;
    });
    try {
      renameSync(filled, place);
    } catch (fault) {
      if (!existsSync(place)) throw fault;
    }
    return place;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
