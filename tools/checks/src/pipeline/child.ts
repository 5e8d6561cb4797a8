import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ChildOptions {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  /** Takes stdout and stderr. */
  logFile: string;
  /** Ends the child and all it started: a time limit, or a key press. */
  signal: AbortSignal;
  /** Servers and browsers below a test get this long to end by themselves. */
  graceMs?: number;
}

/** Runs a shell command as the leader of its own process group; null as exit code means that it was ended. */
export async function runChild(
  command: string,
  { cwd, env, logFile, signal, graceMs = 10_000 }: ChildOptions,
): Promise<number | null> {
  if (signal.aborted) return null;
  const log = openSync(logFile, 'w');
  try {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    return await ended(child, signal, graceMs);
  } finally {
    closeSync(log);
  }
}

async function ended(child: ChildProcess, signal: AbortSignal, graceMs: number): Promise<number | null> {
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    signalGroup(child, 'SIGTERM');
    kill = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  } finally {
    clearTimeout(kill);
    signal.removeEventListener('abort', stop);
    // What a command leaves behind must not disturb the next one.
    signalGroup(child, 'SIGKILL');
  }
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // The group has ended.
  }
}
