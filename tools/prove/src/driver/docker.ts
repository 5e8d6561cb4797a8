import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Container, containersOf } from '../../../fleet/src/programs.ts';
import type { StallTarget } from './stall-injector.ts';

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

/**
 * Signals for a container. Docker passes each on in its own time, which is too long for slowing; where the engine's
 * processes are this machine's own and may be signalled, that is done without it.
 */
export async function containerTarget(id: string): Promise<StallTarget> {
  const pid = Number((await docker('inspect', '--format', '{{.State.Pid}}', id)).trim());
  if (isOurs(pid, id)) return { id, signal: (signal) => void process.kill(pid, signal) };
  return {
    id,
    signal: async (signal) => {
      await docker('kill', '--signal', signal, id);
    },
  };
}

function isOurs(pid: number, id: string): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}
