import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApt } from './apt.ts';
import type { Say } from './binary.ts';
import { cached } from './cache.ts';
import { ServerFault } from './errors.ts';
import { addLibraries, libraryFolders, missingLibraries } from './unpacked-libraries.ts';

/**
 * wrapperScript is a script that starts the unpacked program with its own libraries, for that one process only; finds itself
 * by its own path.
 */
export function wrapperScript(folders: readonly string[]): string {
  const path = folders.map((folder) => `$here/unpacked/${folder}`).join(':');
  const library = path === '' ? '' : `LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" `;
  return `#!/bin/sh\nhere=$(dirname "$0")\n${library}exec "$here/unpacked/usr/bin/redis-server" "$@"\n`;
}

/** packagedRedisPath is the cache entry's program; exists once it was fetched. */
export function packagedRedisPath(cache: string): string {
  return join(cache, `redis-package-${process.arch}`, 'redis-server');
}

/**
 * redisFromPackage fetches the distribution's Redis, unpacked without root. Never installed: an installed one starts on 6379
 * by itself.
 */
export async function redisFromPackage(cache: string, say: Say): Promise<string> {
  await cached(cache, `redis-package-${process.arch}`, async (scratch) => {
    say("fetching the distribution's Redis package");
    const apt = openApt(scratch);
    await apt.update();
    const kept = join(scratch, 'kept');
    const root = join(kept, 'unpacked');
    mkdirSync(root, { recursive: true });
    // redis-server's program is a link into redis-tools.
    const packages = ['redis-server', 'redis-tools'];
    await apt.unpack(packages, root);
    const program = join(root, 'usr/bin/redis-server');
    if (!existsSync(program))
      throw new ServerFault('archive_unreadable', 'the package redis-server holds no usr/bin/redis-server');
    // What the machine has stays the machine's.
    await addLibraries({ apt, root, packages, missing: () => missingLibraries(root, program) });
    const wrapper = join(kept, 'redis-server');
    writeFileSync(wrapper, wrapperScript(libraryFolders(root)));
    chmodSync(wrapper, 0o755);
    return kept;
  });
  return packagedRedisPath(cache);
}
