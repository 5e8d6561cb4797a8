import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Container, containersOf } from '../../../fleet/src/programs.ts';

const DOCKER_WITHIN_MS = 60_000;
const start = promisify(execFile);

async function run(args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  try {
    return await start('docker', args, { timeout: DOCKER_WITHIN_MS, maxBuffer: 256 << 20 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = `${stdout}${stderr}`.slice(0, 2_000);
    throw new Error(`docker ${args.slice(0, 2).join(' ')} failed: ${words}`, { cause: error });
  }
}

/** @throws with all that it printed, when it fails */
export const docker = async (...args: string[]): Promise<string> => (await run(args)).stdout;

/** The containers of one Compose project that run, paused ones too. */
export const runningOf = async (project: string): Promise<Container[]> =>
  (await containersOf(project)).filter(({ hasRun, state }) => hasRun && state !== 'stopped' && state !== 'leaving');

/** What a container has written since a time in milliseconds since 1970. */
export async function logOf(id: string, sinceMs: number): Promise<string> {
  const { stdout, stderr } = await run(['logs', '--since', new Date(sinceMs).toISOString(), id]);
  return stdout + stderr;
}
