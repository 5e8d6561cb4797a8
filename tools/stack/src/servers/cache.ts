import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The user's cache folder for fetched servers. A relative XDG_CACHE_HOME is ignored, as its specification says. */
export function cacheDir(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'nestfleet');
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
 * Fills `<cache>/<entry>` once and answers its path. `fill` writes into a scratch folder and names the folder of it
 * that is to stay; the rename into place is atomic, so two clones that fetch at the same time do not see halves.
 */
export async function cached(
  cache: string,
  entry: string,
  fill: (scratch: string) => Promise<string>,
): Promise<string> {
  const place = join(cache, entry);
  if (existsSync(place)) return place;
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  const scratch = mkdtempSync(join(cache, scratchPrefix));
  try {
    const filled = await fill(scratch);
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
