import { chmodSync, existsSync, globSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Say } from './binary.ts';
import { cached } from './cache.ts';
import { openSuite } from './debian-suite.ts';
import { ServerFault } from './errors.ts';
import { runStep } from './step.ts';
import { addLibraries, libraryFolders, parseLibrariesOutside } from './unpacked-libraries.ts';

/** RedisFlavour is a server that speaks the protocol of Redis, by the suite of Debian that has it. */
export interface RedisFlavour {
  readonly suite: string;
  readonly program: string;
  /** The program of one is a link into the other. */
  readonly packages: readonly string[];
}

const redis = { program: 'redis-server', packages: ['redis-server', 'redis-tools'] };

/** redisFlavours are those that the libs are tested with, by the name that NESTFLEET_REDIS_FLAVOUR has. */
export const redisFlavours: Readonly<Record<string, RedisFlavour>> = {
  redis7: { suite: 'bookworm', ...redis },
  redis8: { suite: 'trixie', ...redis },
  valkey: { suite: 'forky', program: 'valkey-server', packages: ['valkey-server', 'valkey-tools'] },
};

const listTimeoutMs = 10_000;

/** A file and no link: those of some suites lead out of the root, to the loader of the machine. */
function loaderIn(root: string): string {
  const isFile = (path: string): boolean => lstatSync(join(root, path)).isFile();
  const loader = globSync('**/ld-linux*.so.*', { cwd: root }).find(isFile);
  if (loader === undefined) throw new ServerFault('archive_unreadable', 'the package libc6 holds no loader');
  return loader;
}

async function librariesOutside(root: string, program: string): Promise<string[]> {
  const path = libraryFolders(root).map((folder) => join(root, folder));
  const args = ['--inhibit-cache', '--library-path', path.join(':'), program];
  // As ldd does it; --list ends with the first that is missing.
  const env = { ...process.env, LD_TRACE_LOADED_OBJECTS: '1' };
  return parseLibrariesOutside(
    await runStep(join(root, loaderIn(root)), args, { timeoutMs: listTimeoutMs, env }),
    root,
  );
}

/**
 * loaderScript is a script that starts the unpacked program with the loader and the C library that it was built with, which
 * may be newer than the machine's; finds itself by its own path.
 */
export function loaderScript(program: string, loader: string, folders: readonly string[]): string {
  const path = folders.map((folder) => `$here/unpacked/${folder}`).join(':');
  const options = `--inhibit-cache --argv0 ${program} --library-path "${path}"`;
  return `#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/unpacked/${loader}" ${options} "$here/unpacked/usr/bin/${program}" "$@"\n`;
}

const entryOf = (name: string): string => `${name}-package-${process.arch}`;

/** flavouredRedisPath is the cache entry's program; exists once it was fetched. */
export function flavouredRedisPath(cache: string, name: string): string {
  return join(cache, entryOf(name), redisFlavours[name]?.program ?? name);
}

/** redisOfFlavour fetches a server with all its libraries, unpacked without root: nothing of it is the machine's. */
export async function redisOfFlavour(cache: string, name: string, say: Say): Promise<string> {
  const flavour = redisFlavours[name];
  if (flavour === undefined) throw new ServerFault('server_missing', `there is no ${name}`);
  const { suite, program, packages } = flavour;
  await cached(cache, entryOf(name), async (scratch) => {
    say(`fetching ${packages[0]} of Debian ${suite}`);
    const apt = await openSuite(scratch, suite);
    const kept = join(scratch, 'kept');
    const root = join(kept, 'unpacked');
    mkdirSync(root, { recursive: true });
    await apt.unpack([...packages, 'libc6'], root);
    const unpacked = join(root, 'usr/bin', program);
    if (!existsSync(unpacked))
      throw new ServerFault('archive_unreadable', `the package ${packages[0]} holds no usr/bin/${program}`);
    await addLibraries({ apt, root, packages, missing: () => librariesOutside(root, unpacked) });
    const script = join(kept, program);
    writeFileSync(script, loaderScript(program, loaderIn(root), libraryFolders(root)));
    chmodSync(script, 0o755);
    return kept;
  });
  return flavouredRedisPath(cache, name);
}
