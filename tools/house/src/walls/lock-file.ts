import type { Finding, Wall } from '../wall.ts';
import { type LockedPackage, lockFile, readLock } from '../lock.ts';

export const lockFileWall: Wall = {
  name: 'lock-file',
  rule: 'the lock file has every platform package and names no registry',
  check: (workspace) => {
    const packages = readLock(workspace);
    if (packages === undefined) return [{ file: lockFile, message: 'is missing: run npm install' }];
    const message = [...missingPlatforms(packages), ...namedRegistries(packages)];
    return message.map((text): Finding => ({ file: lockFile, message: text }));
  },
};

/**
 * `npm install` writes a lock file without those platform packages that the registry lacks, and says nothing; `npm ci`
 * then fails on every machine. Such a version cannot be used.
 */
function missingPlatforms(packages: ReadonlyMap<string, LockedPackage>): string[] {
  return [...packages].flatMap(([path, { version, optionalDependencies }]) => {
    const missing = Object.keys(optionalDependencies ?? {}).filter(
      (name) => !packages.has(`${path}/node_modules/${name}`) && !packages.has(`node_modules/${name}`),
    );
    if (missing.length === 0) return [];
    return [`${path}@${version} lacks ${missing.join(', ')}: take a version whose platform packages are all there`];
  });
}

/** The registry is the choice of who installs. */
function namedRegistries(packages: ReadonlyMap<string, LockedPackage>): string[] {
  return [...packages]
    .filter(([, { resolved }]) => resolved !== undefined && /^[a-z+]+:\/\//.test(resolved))
    .map(([path]) => `${path} is resolved to an address: install with omit-lockfile-registry-resolved`);
}
