import type { Folder } from './folder.ts';
import { textAt } from './json.ts';
import type { Manifest } from './manifest.ts';

/** `PackageManager` is how an app installs, runs and prunes. */
export interface PackageManager {
  /** Its lock file, which is there once `update` has run. */
  readonly lockFile: string;
  /** What installs what has been added to package.json. */
  readonly update: string;
  /** What installs exactly what the lock file has. */
  readonly install: string;
  /** What leaves only the packages that run. */
  readonly prune: string;
  run(script: string): string;
  exec(command: string): string;
}

/** The package manager that package.json names, else the one whose lock file is there, else npm. */
export function packageManagerOf(folder: Folder, root: Manifest): PackageManager {
  const named = textAt(root.json, 'packageManager') ?? '';
  const has = (file: string) => folder.read(file) !== undefined;
  if (named.startsWith('pnpm') || (named === '' && has('pnpm-lock.yaml'))) return pnpm;
  if (named.startsWith('yarn') || (named === '' && has('yarn.lock')))
    return yarn(has('.yarnrc.yml') || /^yarn@([2-9]|\d\d)/.test(named));
  return npm;
}

const npm: PackageManager = {
  lockFile: 'package-lock.json',
  update: 'npm install',
  install: 'npm ci',
  prune: 'npm prune --omit=dev',
  run: (script) => `npm run ${script}`,
  exec: (command) => `npx ${command}`,
};

const pnpm: PackageManager = {
  lockFile: 'pnpm-lock.yaml',
  update: 'pnpm install',
  install: 'corepack pnpm install --frozen-lockfile',
  prune: 'CI=true corepack pnpm prune --prod',
  run: (script) => `corepack pnpm run ${script}`,
  exec: (command) => `corepack pnpm exec ${command}`,
};

const yarn = (isBerry: boolean): PackageManager => ({
  lockFile: 'yarn.lock',
  update: 'yarn install',
  install: `corepack yarn install ${isBerry ? '--immutable' : '--frozen-lockfile'}`,
  prune: `corepack yarn ${isBerry ? 'workspaces focus --all --production' : 'install --production --frozen-lockfile'}`,
  run: (script) => `corepack yarn run ${script}`,
  exec: (command) => `corepack yarn ${command}`,
});
