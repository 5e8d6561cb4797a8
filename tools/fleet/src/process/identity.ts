import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** USER_HZ, in which the kernel tells times to programs: 100 on every platform that Node runs on. */
const TICKS_PER_S = 100;
/** The kernel computes its boot time anew from the wall clock each time it is asked, in whole seconds. */
const TOLERANCE_MS = 2_000;

/** ProcessIdentity distinguishes a process from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
}

/**
 * parseStartTime reads the start time out of `/proc/<pid>/stat`, milliseconds since 1970. The command in brackets may hold
 * anything, brackets too.
 */
export function parseStartTime(stat: string, systemStat: string): number | undefined {
  const afterCommand = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (afterCommand[0] === 'Z') return undefined;
  const ticks = Number(afterCommand[19]);
  const bootS = Number(/^btime (\d+)$/m.exec(systemStat)?.[1]);
  const startedAtMs = bootS * 1_000 + (ticks * 1_000) / TICKS_PER_S;
  return Number.isFinite(startedAtMs) ? Math.round(startedAtMs) : undefined;
}

/** startTime is when a process started, milliseconds since 1970; undefined when there is none (a zombie counts as none). */
export function startTime(pid: number, platform: NodeJS.Platform = process.platform): number | undefined {
  try {
    if (platform === 'linux')
      return parseStartTime(readFileSync(`/proc/${pid}/stat`, 'utf8'), readFileSync('/proc/stat', 'utf8'));
    const printed = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Date.parse(printed.trim()) || undefined;
  } catch {
    return undefined;
  }
}

/** isRunning is true when this very process still runs; a pid that was given to another one in between does not count. */
export function isRunning({ pid, startedAtMs }: ProcessIdentity): boolean {
  const seenMs = startTime(pid);
  return seenMs !== undefined && Math.abs(seenMs - startedAtMs) <= TOLERANCE_MS;
}

/** signalProcess sends a signal to this very process; does nothing when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}
