/** LockFile is npm's lock file, as far as the packages of this workspace are in it. */
interface LockFile {
  readonly packages: Record<string, unknown>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const isByName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => a.localeCompare(b, 'en');

/**
 * addPackage enters a package of this workspace, whose own packages are all in the lock file already, because another app has
 * the same ones.
 */
export function addPackage(text: string, folder: string, manifest: Manifest): string {
  const { name, version, license, dependencies, devDependencies } = manifest;
  const more = {
    [folder]: { name, version, license, dependencies, ...(devDependencies && { devDependencies }) },
    [`node_modules/${name}`]: { resolved: folder, link: true },
  };
  return edited(text, (packages) => ({ ...packages, ...more }));
}

/** removePackage is the inverse of `addPackage`. */
export const removePackage = (text: string, folder: string, name: string): string =>
  edited(text, ({ [folder]: _package, [`node_modules/${name}`]: _link, ...rest }) => rest);

/** The root's own entry has the empty name, and so comes first. */
function edited(text: string, edit: (packages: LockFile['packages']) => LockFile['packages']): string {
  const lock = JSON.parse(text) as LockFile;
  const packages = Object.fromEntries(Object.entries(edit(lock.packages)).toSorted(isByName));
  return `${JSON.stringify({ ...lock, packages }, null, 2)}\n`;
}
