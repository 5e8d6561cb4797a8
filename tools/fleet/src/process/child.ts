import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openLog } from '../logs/log-file.ts';
import type { RunEnd } from '../core/lifecycle.ts';
import { startTime, type ProcessIdentity } from './identity.ts';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes what it prints. The child writes it itself: no copy through the supervisor, and no broken pipe when that dies. */
  readonly logFile: string;
  /** Handed down as descriptor PUBLIC_FD. */
  readonly publicFd?: number;
  /** Descriptor LIFELINE_FD becomes a pipe that ends with this process. */
  readonly lifeline?: boolean;
}

export interface Child extends ProcessIdentity {
  /** Size of the log when it started: what it printed comes after. */
  readonly logOffset: number;
  readonly ended: Promise<RunEnd>;
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
}

/** PUBLIC_FD is where a child finds the socket that it was handed. */
export const PUBLIC_FD = 3;
/** LIFELINE_FD is the descriptor that a child with a lifeline watches. */
export const LIFELINE_FD = 4;

/** startChild starts a child. @throws when its log cannot be opened or the program cannot be run */
export function startChild({ command, args, env, logFile, publicFd, lifeline = false }: ChildCommand): Child {
  const log = openLog(logFile);
  try {
    const child = spawn(command, args, {
      stdio: ['ignore', log.fd, log.fd, publicFd ?? 'ignore', lifeline ? 'pipe' : 'ignore'],
      env,
      // A group of its own: Ctrl-C in the terminal that ran `make up` is not for the fleet.
      detached: true,
    });
    let gone = false;
    const ended = new Promise<RunEnd>((resolve) => {
      child.once('exit', (code, signal) => {
        gone = true;
        resolve({ how: 'exit', code, signal });
      });
      child.once('error', (fault) => {
        if (child.pid !== undefined) return;
        gone = true;
        resolve({ how: 'spawn-failed', message: `cannot be started: ${fault.message}` });
      });
    });
    const line = child.stdio[LIFELINE_FD];
    line?.on('error', () => undefined);
    return {
      pid: child.pid ?? 0,
      startedAtMs: child.pid === undefined ? 0 : (startTime(child.pid) ?? Date.now()),
      logOffset: log.offset,
      ended,
      hasEnded: () => gone,
      signal: (signal) => void child.kill(signal),
    };
  } finally {
    closeSync(log.fd);
  }
}

/** endChild stops a child: `signal` once (a second one means "now" to our services), after `graceMs` `late` and SIGKILL. */
export async function endChild(
  child: Child,
  graceMs: number,
  late: () => void,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (child.hasEnded()) return;
  const timer = setTimeout(() => {
    late();
    child.signal('SIGKILL');
  }, graceMs);
  child.signal(signal);
  // A child that someone stopped (SIGSTOP) hears it only when it is woken.
  child.signal('SIGCONT');
  await child.ended;
  clearTimeout(timer);
}
