import { chmodSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Apt, openApt } from './apt.ts';
import type { Say } from './binary.ts';
import { cached } from './cache.ts';
import { ServerFault } from './errors.ts';
import { libraryFolders, missingLibraries } from './unpacked-libraries.ts';

const PROGRAMS = ['postgres', 'initdb'] as const;
/** The libraries of a library may be missing too. */
const LIBRARY_ROUNDS = 4;
/** Not the C library, which must be that of the dynamic linker, and not what only compiles queries: 100 MB. */
const LIBRARIES = /^(?!libc6|libllvm)(lib|zlib)/;

/**
 * Unpacks the libraries of PostgreSQL where the linker misses some, level by level. Its packages are named after no rule (libxml2.so.2
 * is in libxml2, libicuuc.so.72 in libicu72), so it is all those of a level.
 */
async function addLibraries(apt: Apt, root: string, programs: readonly string[], packages: readonly string[]) {
  let level = packages;
  const taken = new Set<string>();
  for (let round = 0; ; round += 1) {
    const missing = (await Promise.all(programs.map((program) => missingLibraries(root, program)))).flat();
    if (missing.length === 0) return;
    level = (await apt.dependencies(level)).filter((name) => LIBRARIES.test(name) && !taken.has(name));
    if (level.length === 0 || round === LIBRARY_ROUNDS)
      throw new ServerFault('step_failed', `PostgreSQL lacks ${[...new Set(missing)].join(', ')}`);
    level = [...new Set(level)];
    for (const name of level) taken.add(name);
    await apt.unpack(level, root);
  }
}

/** packagedPostgresPath is the cache entry's program, with `initdb` beside it; exists once it was fetched. */
export function packagedPostgresPath(cache: string): string {
  return join(cache, `postgres-package-${process.arch}`, 'postgres');
}

/** The program finds what it needs by its own place, so that it may lie anywhere. */
const wrapperScript = (folders: readonly string[], program: string): string => {
  const path = folders.map((folder) => `$here/unpacked/${folder}`).join(':');
  return `#!/bin/sh\nhere=$(dirname "$0")\nLD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/unpacked/${program}" "$@"\n`;
};

/**
 * postgresFromPackage fetches the distribution's PostgreSQL, unpacked without root. Never installed: an installed one starts
 * a cluster by itself.
 */
export async function postgresFromPackage(cache: string, say: Say): Promise<string> {
  await cached(cache, `postgres-package-${process.arch}`, async (scratch) => {
    say("fetching the distribution's PostgreSQL package");
    const apt = openApt(scratch);
    await apt.update();
    const kept = join(scratch, 'kept');
    const root = join(kept, 'unpacked');
    mkdirSync(root, { recursive: true });
    // The package postgresql is empty, and depends on that of a version.
    const versioned = (await apt.dependencies(['postgresql'])).filter((name) => /^postgresql-\d+$/.test(name));
    await apt.unpack(versioned, root);
    const programs = PROGRAMS.map((name) => {
      const [path] = globSync(`usr/lib/postgresql/*/bin/${name}`, { cwd: root });
      if (path === undefined) throw new ServerFault('archive_unreadable', `the package postgresql holds no ${name}`);
      return { name, path };
    });
    const paths = programs.map(({ path }) => join(root, path));
    await addLibraries(apt, root, paths, versioned);
    for (const { name, path } of programs) {
      const wrapper = join(kept, name);
      writeFileSync(wrapper, wrapperScript(libraryFolders(root), path));
      chmodSync(wrapper, 0o755);
    }
    return kept;
  });
  return packagedPostgresPath(cache);
}
