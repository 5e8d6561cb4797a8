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
const TAIL_LINES = 10;
/** What several starters wrote meanwhile. */
const SEARCHED_LINES = 200;

/**
 * startSupervisor starts a supervisor that outlives this command, and connects to it, or to one that another command started
 * meanwhile. One that is about to end is waited for. @throws StackFault supervisor_lost, busy
 */
export async function startSupervisor(
  paths: StackPaths,
  settings: SupervisorSettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Socket> {
  const logFile = join(paths.logs, 'supervisor.log');
  const giveUpAtMs = performance.now() + LISTENS_WITHIN_MS;
  for (;;) {
    const { pid, logOffset } = await startDaemon(paths, settings, env, logFile);
    const isLockedOut = (): boolean =>
      tailOf(logFile, SEARCHED_LINES, logOffset).some((line) => line.includes(`${IS_LOCKED} (pid ${pid} `));
    for (;;) {
      const hasEnded = startTime(pid) === undefined;
      const socket = await connectSupervisor(paths);
      if (socket !== undefined) return socket;
      if (performance.now() > giveUpAtMs && isLockedOut())
        throw new StackFault(
          'busy',
          `another supervisor holds ${paths.dir}: it is being started or stopped; try again`,
        );
      if (performance.now() > giveUpAtMs || (hasEnded && !isLockedOut())) {
        const said = tailOf(logFile, TAIL_LINES, logOffset).join('\n  ');
        throw new StackFault('supervisor_lost', `the supervisor did not start:\n  ${said}`);
      }
      await pause(LOOK_EVERY_MS);
      if (hasEnded) break;
    }
  }
}

/** It is nobody's child, so that no tool which ends a tree of processes finds it. */
async function startDaemon(paths: StackPaths, settings: SupervisorSettings, env: NodeJS.ProcessEnv, logFile: string) {
  const log = openLog(logFile);
  const program = [process.execPath, daemon, JSON.stringify(settings)];
  const shell = spawn('/bin/sh', ['-c', '"$@" >&2 & echo $!', 'sh', ...program], {
    cwd: paths.dir,
    stdio: ['ignore', 'pipe', log.fd],
    detached: true,
    env,
  });
  closeSync(log.fd);
  if (shell.stdout === null) throw new Error('a pipe was asked for');
  const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
  return { pid: Number(printed.toString()), logOffset: log.offset };
}
