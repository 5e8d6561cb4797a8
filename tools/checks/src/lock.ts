import type { Workspace } from './workspace.ts';

export const lockFile = 'package-lock.json';

/** One package of npm's lock file (version 3), as far as the rules read it. */
export interface LockedPackage {
  version?: string;
  resolved?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Path of the package in the tree (`node_modules/a/node_modules/b`) → what is locked; undefined without a lock file. */
export function readLock({ exists, read }: Workspace): ReadonlyMap<string, LockedPackage> | undefined {
  if (!exists(lockFile)) return undefined;
  const { packages } = JSON.parse(read(lockFile)) as { packages: Record<string, LockedPackage> };
  return new Map(Object.entries(packages));
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
export function packageName(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
