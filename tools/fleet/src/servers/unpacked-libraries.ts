import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Apt } from './apt.ts';
import { ServerFault } from './errors.ts';
import { runStep } from './step.ts';

const LDD_TIMEOUT_MS = 10_000;

/** The libraries of a library may be missing too, and so on; servers needed two rounds. */
const ROUNDS_MAX = 4;

/** Libraries whose package has another name than Debian's rule would give it. */
const irregularPackages: Readonly<Record<string, string>> = { 'libz.so.1': 'zlib1g' };

/** libraryFolders are the folders of an unpacked root that hold shared libraries, relative to it. */
export function libraryFolders(root: string): string[] {
  return [...new Set(globSync('**/lib*.so*', { cwd: root }).map((file) => dirname(file)))].toSorted();
}

/**
 * parseMissingLibraries lists the shared libraries that the dynamic linker cannot find, from `ldd`: lines like `libfoo.so.1
 * => not found`.
 */
export function parseMissingLibraries(printed: string): string[] {
  return [...printed.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? '');
}

/** missingLibraries are those that neither the machine nor what was unpacked has. */
export async function missingLibraries(root: string, program: string): Promise<string[]> {
  const path = libraryFolders(root).map((folder) => join(root, folder));
  const env = { ...process.env, LD_LIBRARY_PATH: path.join(':') };
  return parseMissingLibraries(await runStep('ldd', [program], { timeoutMs: LDD_TIMEOUT_MS, env }));
}

/** parseLibrariesOutside lists those that it finds nowhere, or elsewhere than below `root`. */
export function parseLibrariesOutside(printed: string, root: string): string[] {
  return [...printed.matchAll(/^\s*(\S+) => (.+?)(?: \(0x[\da-f]+\))?$/gm)].flatMap(([, soname = '', found = '']) =>
    found.startsWith(join(root, '/')) ? [] : [soname],
  );
}

/**
 * packagesOf are the packages among `candidates` that hold these libraries, by Debian's naming rule: libfoo.so.1 is in libfoo1,
 * libfoo2.so.1 in libfoo2-1. A suffix such as t64 is let pass.
 */
export function packagesOf(sonames: readonly string[], candidates: readonly string[]): string[] {
  const names = sonames.map((soname) => {
    const irregular = irregularPackages[soname];
    if (irregular !== undefined) return irregular;
    const [, stem = soname, version = ''] =
      /^(.+)\.so\.?([\d.]*)$/.exec(soname.toLowerCase().replaceAll('_', '-')) ?? [];
    return /\d$/.test(stem) ? `${stem}-${version}` : `${stem}${version}`;
  });
  return candidates.filter((candidate) => names.some((name) => candidate.startsWith(name)));
}

export interface Unpacked {
  readonly apt: Apt;
  /** Where the packages are unpacked. */
  readonly root: string;
  readonly packages: readonly string[];
  /** The libraries that what is unpacked still lacks. */
  readonly missing: () => Promise<readonly string[]>;
}

/** addLibraries unpacks what the linker misses from the dependencies, level by level. */
export async function addLibraries({ apt, root, packages, missing }: Unpacked): Promise<void> {
  let level = packages;
  for (let round = 0; round <= ROUNDS_MAX; round += 1) {
    const lacked = await missing();
    if (lacked.length === 0) return;
    level = packagesOf(lacked, await apt.dependencies(level));
    if (level.length === 0 || round === ROUNDS_MAX)
      throw new ServerFault('archive_unreadable', `${packages.join(' and ')} lack ${lacked.join(', ')}`);
    await apt.unpack(level, root);
  }
}
