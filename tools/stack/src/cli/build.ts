import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { StackFault } from '../faults.ts';
import type { CommandContext } from './context.ts';

const SAID_CHARS_MAX = 20_000;

/** Nx's own settings of a run around this one must not reach it; a daemon would outlive the command. */
function buildEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(NX_|npm_|MAKE|MFLAGS$|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };
}

/** Bundles the apps; what has not changed comes out of Nx's cache. @throws StackFault build_failed with its output */
export async function buildApps({ root }: Pick<CommandContext, 'root'>): Promise<void> {
  const args = [
    join(root, 'node_modules/nx/dist/bin/nx.js'),
    'run-many',
    '--targets=build',
    `--projects=${[...SERVICE_NAMES, 'dashboard'].join(',')}`,
    '--outputStyle=static',
  ];
  const nx = spawn(process.execPath, args, {
    cwd: root,
    env: buildEnv(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer): void => {
    said = (said + chunk.toString('utf8')).slice(-SAID_CHARS_MAX);
  };
  nx.stdout.on('data', keep);
  nx.stderr.on('data', keep);
  const [code] = (await once(nx, 'close')) as [number | null];
  if (code !== 0) throw new StackFault('build_failed', `the apps could not be built:\n${said.trim()}`);
}

/** @throws StackFault not_built */
export function checkBuilt(appsDir: string): void {
  const missing = SERVICE_NAMES.map((service) => join(appsDir, service, 'main.js')).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new StackFault('not_built', `not built: ${missing.join(', ')}`);
}
