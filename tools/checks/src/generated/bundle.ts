import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Project, Workspace } from '../workspace.ts';

const timeLimitMs = 60_000;
const buildWithinMs = 5 * 60_000;

/** The apps that answer `print-openapi` and `print-environment`. */
export function services({ projects }: Workspace): Project[] {
  return projects.filter(
    ({ kind, manifest }) => kind === 'app' && '@nestfleet/service' in (manifest.dependencies ?? {}),
  );
}

function bundleOf({ dist }: Workspace, { root }: Project): string {
  return `${dist}/${root}/main.js`;
}

/** Builds the services and the libs; what has not changed comes out of Nx's cache. @throws with the end of Nx's output */
export async function buildDescribed(workspace: Workspace): Promise<void> {
  const nx = join(workspace.root, 'node_modules/nx/dist/bin/nx.js');
  const libs = workspace.projects.filter(({ kind }) => kind === 'lib');
  const names = [...services(workspace), ...libs].map(({ name }) => name);
  const args = [nx, 'run-many', '--targets=build', `--projects=${names.join(',')}`, '--outputStyle=static'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' };
  const options = { cwd: workspace.root, env, timeout: buildWithinMs, maxBuffer: 32 * 1024 * 1024 };
  await promisify(execFile)(process.execPath, args, options).catch((error: Error & { stdout?: string }) => {
    throw new Error(`services and libs could not be built:\n${error.stdout || error.message}`, { cause: error });
  });
}

/**
 * Asks a built app to describe itself. It gets an empty environment, so that the answer is the same on every machine.
 * @throws with the last lines of the app's own complaint
 */
export async function askBundle(
  workspace: Workspace,
  app: Project,
  order: 'print-openapi' | 'print-environment',
): Promise<unknown> {
  const bundle = bundleOf(workspace, app);
  if (!workspace.exists(bundle)) throw new Error(`${bundle} is not built: nx run ${app.name}:build`);
  const run = promisify(execFile)(process.execPath, [join(workspace.root, bundle), order], {
    cwd: workspace.root,
    env: {},
    timeout: timeLimitMs,
    maxBuffer: 32 * 1024 * 1024,
  });
  const { stdout } = await run.catch((error: Error & { stderr?: string }) => {
    throw new Error(`${bundle} ${order} failed: ${complaint(error.stderr || error.message)}`, { cause: error });
  });
  try {
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    throw new Error(`${bundle} ${order} did not print JSON: ${complaint(stdout)}`, { cause: error });
  }
}

/** The line of a stack trace that says what went wrong, else the last lines. */
function complaint(text: string): string {
  const lines = text.trim().split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.slice(-5).join(' | ');
}
