import type { Finding, Rule } from '../rule.ts';
import { type LockedPackage, lockFile, readLock } from '../lock.ts';
import type { Manifest, Workspace } from '../workspace.ts';

export const lockFileRule: Rule = {
  name: 'lock-file',
  summary: 'the lock file has every workspace and every platform package, and names no registry',
  check: (workspace) => {
    const packages = readLock(workspace);
    if (packages === undefined) return [{ file: lockFile, message: 'is missing: run npm install' }];
    const message = [
      ...staleWorkspaces(workspace, packages),
      ...missingPlatforms(packages),
      ...namedRegistries(packages),
    ];
    return message.map((text): Finding => ({ file: lockFile, message: text }));
  },
};

const needs = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** `npm ci` refuses a lock file that does not say of each workspace what its package.json says. */
function staleWorkspaces(
  { projects, exists, read }: Workspace,
  packages: ReadonlyMap<string, LockedPackage>,
): string[] {
  const root: Manifest = exists('package.json') ? (JSON.parse(read('package.json')) as Manifest) : {};
  const links = projects
    .filter(({ manifest }) => packages.get(`node_modules/${manifest.name}`)?.link !== true)
    .map(({ root: folder }) => `lacks the workspace ${folder}: run npm install`);
  const stale = [{ root: '', manifest: root }, ...projects].flatMap(({ root: folder, manifest }) => {
    const locked = packages.get(folder);
    return needs
      .filter((field) => locked !== undefined && !sameEntries(manifest[field], locked[field]))
      .map((field) => `has other ${field} than ${folder === '' ? '' : `${folder}/`}package.json: run npm install`);
  });
  return [...links, ...stale];
}

function sameEntries(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/**
 * `npm install` writes a lock file without those platform packages that the registry lacks, and says nothing; `npm ci`
 * then fails on every machine. Such a version cannot be used.
 */
function missingPlatforms(packages: ReadonlyMap<string, LockedPackage>): string[] {
  return [...packages].flatMap(([path, { version, optionalDependencies }]) => {
    const missing = Object.keys(optionalDependencies ?? {}).filter(
      (name) => !foldersAbove(path).some((folder) => packages.has(`${folder}node_modules/${name}`)),
    );
    if (missing.length === 0) return [];
    return [`${path}@${version} lacks ${missing.join(', ')}: take a version whose platform packages are all there`];
  });
}

/** The folders where Node looks for what a package needs: its own, those of the packages that it lies in, and the root. */
function foldersAbove(path: string): string[] {
  const outer = [...path.matchAll(/\/(?=node_modules\/)/g)].map(({ index }) => path.slice(0, index + 1));
  return ['', ...outer, `${path}/`];
}

/** The registry is the choice of who installs. */
function namedRegistries(packages: ReadonlyMap<string, LockedPackage>): string[] {
  return [...packages]
    .filter(([, { resolved }]) => resolved !== undefined && /^[a-z+]+:\/\//.test(resolved))
    .map(([path]) => `${path} is resolved to an address: install with omit-lockfile-registry-resolved`);
}
