import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Project, Workspace } from '../workspace.ts';

const timeLimitMs = 60_000;

/** The apps that answer `print-openapi` and `print-environment`. */
export function services({ projects }: Workspace): Project[] {
  return projects.filter(
    ({ kind, manifest }) => kind === 'app' && '@nestfleet/service-defaults' in (manifest.dependencies ?? {}),
  );
}

export function bundleOf({ dist }: Workspace, { root }: Project): string {
  return `${dist}/${root}/main.js`;
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
