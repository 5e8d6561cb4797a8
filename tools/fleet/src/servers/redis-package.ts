import { chmodSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openApt, type Apt } from './apt.ts';
import type { Say } from './binary.ts';
import { cached } from './cache.ts';
import { ServerFault } from './errors.ts';
import { runStep } from './step.ts';

const lddTimeoutMs = 10_000;
/** The libraries of a library may be missing too; Redis needed one round. */
const libraryRounds = 3;

/**
 * parseMissingLibraries lists the shared libraries that the dynamic linker cannot find, from `ldd`: lines like `libfoo.so.1
 * => not found`.
 */
export function parseMissingLibraries(printed: string): string[] {
  return [...printed.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? '');
}

function libraryFolders(root: string): string[] {
  return [...new Set(globSync('**/*.so*', { cwd: root }).map((file) => dirname(file)))].toSorted();
}

async function missingLibraries(root: string, program: string): Promise<string[]> {
  const path = libraryFolders(root).map((folder) => join(root, folder));
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(':') };
  return parseMissingLibraries(await runStep('ldd', [program], { timeoutMs: lddTimeoutMs, env }));
}

/**
 * packagesOf are the packages among `candidates` that hold these libraries, by Debian's naming rule: libfoo.so.1 is in libfoo1,
 * libfoo2.so.1 in libfoo2-1. A suffix such as t64 is let pass.
 */
export function packagesOf(sonames: readonly string[], candidates: readonly string[]): string[] {
  const names = sonames.flatMap((soname) => {
    const [, stem = soname, version = ''] = /^(.+)\.so\.?([\d.]*)$/.exec(soname.toLowerCase()) ?? [];
    return [/\d$/.test(stem) ? `${stem}-${version}` : `${stem}${version}`];
  });
  return candidates.filter((candidate) => names.some((name) => candidate.startsWith(name)));
}

/** Unpacks what the linker misses from the dependencies, level by level. What the machine has stays the machine's. */
async function addLibraries(apt: Apt, root: string, program: string, packages: readonly string[]): Promise<void> {
  let level = packages;
  for (let round = 0; round <= libraryRounds; round += 1) {
    const missing = await missingLibraries(root, program);
    if (missing.length === 0) return;
    level = packagesOf(missing, await apt.dependencies(level));
    if (level.length === 0 || round === libraryRounds) {
      throw new ServerFault('step_failed', `redis-server lacks ${missing.join(', ')}`);
    }
    await apt.unpack(level, root);
  }
}

/**
 * wrapperScript is a script that starts the unpacked program with its own libraries, for that one process only; finds itself
 * by its own path.
 */
export function wrapperScript(folders: readonly string[]): string {
  const path = folders.map((folder) => `$here/root/${folder}`).join(':');
  const library = path === '' ? '' : `LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" `;
  return `#!/bin/sh\nhere=$(dirname "$0")\n${library}exec "$here/root/usr/bin/redis-server" "$@"\n`;
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
    const root = join(kept, 'root');
    mkdirSync(root, { recursive: true });
    // redis-server's program is a link into redis-tools.
    const packages = ['redis-server', 'redis-tools'];
    await apt.unpack(packages, root);
    const program = join(root, 'usr/bin/redis-server');
    if (!existsSync(program))
      throw new ServerFault('archive_unreadable', 'the package redis-server holds no usr/bin/redis-server');
    await addLibraries(apt, root, program, packages);
    const wrapper = join(kept, 'redis-server');
    writeFileSync(wrapper, wrapperScript(libraryFolders(root)));
    chmodSync(wrapper, 0o755);
    return kept;
  });
  return packagedRedisPath(cache);
}
