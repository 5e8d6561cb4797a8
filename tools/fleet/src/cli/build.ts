import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { StackFault } from '../core/faults.ts';
import type { CommandContext } from '../core/context.ts';

const SAID_CHARS_MAX = 20_000;

/** Nx's own settings of a run around this one must not reach it; a daemon would outlive the command. */
function buildEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(NX_|npm_|MAKE|MFLAGS$|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };
}

/** buildApps bundles the apps; what has not changed comes out of Nx's cache. @throws StackFault build_failed with its output */
export const buildApps = ({ root }: Pick<CommandContext, 'root'>): Promise<void> =>
  runBuild(root, 'the apps', `--projects=${[...SERVICE_NAMES, 'dashboard'].join(',')}`);

/** buildAll builds the apps and the packages of the libs. @throws StackFault build_failed with its output */
export async function buildAll({ root, print }: Pick<CommandContext, 'root' | 'print'>): Promise<void> {
  const startMs = performance.now();
  await runBuild(root, 'apps and libs');
  print(
    `bundles of the apps and packages of the libs are in dist (${((performance.now() - startMs) / 1_000).toFixed(1)} s)`,
  );
}

async function runBuild(root: string, what: string, ...more: readonly string[]): Promise<void> {
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const child = spawn(process.execPath, [nx, 'run-many', '--targets=build', '--outputStyle=static', ...more], {
    cwd: root,
    env: buildEnv(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString('utf8')).slice(-SAID_CHARS_MAX);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new StackFault('build_failed', `${what} could not be built:\n${said.trim()}`);
}

/** checkBuilt looks for the bundle of each app. @throws StackFault not_built */
export function checkBuilt(appsDir: string): void {
  const missing = SERVICE_NAMES.map((service) => join(appsDir, service, 'main.js')).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new StackFault('not_built', `not built: ${missing.join(', ')}`);
}
