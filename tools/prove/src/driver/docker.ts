import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Container, containersOf } from '../../../fleet/src/programs.ts';
import type { StallTarget } from './stall-injector.ts';

const WITHIN_MS = 120_000;
const root = resolve(import.meta.dirname, '../../../..');

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program in the repository's folder; answers whatever its exit code is. @param withinMs it is ended then; 0: never */
export async function attempt(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  withinMs = 0,
): Promise<Result> {
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: withinMs, maxBuffer: 256 << 20 };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, out: stdout, err: stderr };
  }
}

/** What a program printed. @throws when its exit code is not 0, with what it printed */
export async function output(...[program, args, ...more]: Parameters<typeof attempt>): Promise<string> {
  const { code, out, err } = await attempt(program, args, ...more);
  if (code !== 0) throw new Error(`${program} ${args.join(' ').slice(0, 500)} ended with ${code}:\n${out}${err}`);
  return out.trim();
}

/** @throws with all that it printed, when it fails */
export const docker = (...args: readonly string[]): Promise<string> => output('docker', args, {}, WITHIN_MS);

/** The containers of one Compose project that run, paused ones too. */
export const runningOf = async (project: string): Promise<Container[]> =>
  (await containersOf(project)).filter(({ hasRun, state }) => hasRun && state !== 'stopped' && state !== 'leaving');

/** What a container has written since a time in milliseconds since 1970. */
export async function logOf(id: string, sinceMs: number): Promise<string> {
  const args = ['logs', '--since', new Date(sinceMs).toISOString(), id];
  const { code, out, err } = await attempt('docker', args, {}, WITHIN_MS);
  if (code !== 0) throw new Error(`docker logs ended with ${code}:\n${err}`);
  return out + err;
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
