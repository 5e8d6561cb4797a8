import type { Folder } from './folder.ts';
import { at, textAt } from './json.ts';
import type { Manifest } from './manifest.ts';
import { Refusal } from './refusal.ts';

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

/**
 * The package manager that package.json names, else the one whose lock file is there, else npm.
 * @throws Refusal where the Dockerfile could not install by it
 */
export function packageManagerOf(folder: Folder, root: Manifest): PackageManager {
  const named = textAt(root.json, 'packageManager') ?? '';
  const has = (file: string) => folder.read(file) !== undefined;
  if (named.startsWith('pnpm') || (named === '' && has('pnpm-lock.yaml'))) return pnpm;
  if (named.startsWith('yarn') || (named === '' && has('yarn.lock'))) return yarnOf(folder, named);
  const isBun = named.startsWith('bun') || (!has('package-lock.json') && (has('bun.lock') || has('bun.lockb')));
  if (isBun && !named.startsWith('npm'))
    throw new Refusal('this app is installed by Bun, and the Dockerfile knows npm, pnpm and Yarn: write one by hand');
  return npm;
}

function yarnOf(folder: Folder, named: string): PackageManager {
  const settings = folder.read('.yarnrc.yml');
  const isBerry =
    settings !== undefined || /^yarn@([2-9]|\d\d)/.test(named) || /^__metadata:/m.test(folder.read('yarn.lock') ?? '');
  if (isBerry && !/^nodeLinker: *["']?node-modules["']?\s*$/m.test(settings ?? ''))
    throw new Refusal(
      'this app is installed by Yarn 2 or newer without node_modules, and the image runs what is there: write nodeLinker: node-modules into .yarnrc.yml',
    );
  return yarn(isBerry);
}

/**
 * Refuses a repository of several packages whose app is in the root of it: the image has their links, and none of their folders.
 * @throws Refusal
 */
export function refuseWorkspaces(folder: Folder, root: Manifest): void {
  const isOfNpm = at(root.json, 'workspaces') !== undefined;
  if (!isOfNpm && !/^packages:/m.test(folder.read('pnpm-workspace.yaml') ?? '')) return;
  throw new Refusal(
    `${isOfNpm ? root.path : 'pnpm-workspace.yaml'} has workspaces, which the Dockerfile could not install: ` +
      'put ShutdownModule and DiscoveryModule in by hand',
  );
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
