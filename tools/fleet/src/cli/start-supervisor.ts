import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectSupervisor } from '../control/client.ts';
import { StackFault } from '../core/faults.ts';
import { openLog, tailOf } from '../logs/log-file.ts';
import { startTime } from '../process/identity.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import { IS_LOCKED, type SupervisorSettings } from '../core/supervisor-settings.ts';

const daemon = join(import.meta.dirname, '../supervisor/daemon.ts');
const LISTENS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;

/**
 * startSupervisor starts a supervisor that outlives this command, and connects to it. It is nobody's child, so that no tool
 * which ends a tree of processes finds it. @throws StackFault supervisor_lost, busy
 */
export async function startSupervisor(paths: StackPaths, settings: SupervisorSettings): Promise<Socket> {
  const logFile = join(paths.logs, 'supervisor.log');
  const log = openLog(logFile);
  const program = [process.execPath, daemon, JSON.stringify(settings)];
  const shell = spawn('/bin/sh', ['-c', '"$@" >&2 & echo $!', 'sh', ...program], {
    cwd: paths.dir,
    stdio: ['ignore', 'pipe', log.fd],
    detached: true,
  });
  closeSync(log.fd);
  if (shell.stdout === null) throw new Error('a pipe was asked for');
  const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(printed.toString());
  const giveUpAtMs = performance.now() + LISTENS_WITHIN_MS;
  const said = (): readonly string[] => tailOf(logFile, 10, log.offset);
  const isLocked = (): boolean => said().some((line) => line.includes(IS_LOCKED));
  while (performance.now() < giveUpAtMs) {
    const hasEnded = startTime(pid) === undefined;
    const socket = await connectSupervisor(paths);
    if (socket !== undefined) return socket;
    // Another command was quicker, or one is about to end: its socket is tried until the time is over.
    if (hasEnded && !isLocked()) break;
    await pause(LOOK_EVERY_MS);
  }
  if (isLocked())
    throw new StackFault('busy', `another supervisor holds ${paths.dir}: it is being started or stopped; try again`);
  throw new StackFault('supervisor_lost', `the supervisor did not start:\n  ${said().join('\n  ')}`);
}
