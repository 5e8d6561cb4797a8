import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectSupervisor } from '../control/client.ts';
import { StackFault } from '../core/faults.ts';
import { openLog, tailOf } from '../logs/log-file.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';

const daemon = join(import.meta.dirname, '../supervisor/daemon.ts');
const LISTENS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;
const EXIT_LOCKED = 75;

/**
 * startSupervisor starts a supervisor that outlives this command, and connects to it. @throws StackFault supervisor_lost,
 * busy
 */
export async function startSupervisor(paths: StackPaths, settings: SupervisorSettings): Promise<Socket> {
  const logFile = join(paths.logs, 'supervisor.log');
  const log = openLog(logFile);
  const child = spawn(process.execPath, [daemon, JSON.stringify(settings)], {
    cwd: paths.dir,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  closeSync(log.fd);
  child.unref();
  const giveUpAtMs = performance.now() + LISTENS_WITHIN_MS;
  while (performance.now() < giveUpAtMs) {
    const socket = await connectSupervisor(paths);
    if (socket !== undefined) return socket;
    // Another command was quicker, or one is about to end: its socket is tried until the time is over.
    if (child.exitCode !== null && child.exitCode !== EXIT_LOCKED) break;
    await pause(LOOK_EVERY_MS);
  }
  if (child.exitCode === EXIT_LOCKED)
    throw new StackFault('busy', `another supervisor holds ${paths.dir}: it is being started or stopped; try again`);
  const said = tailOf(logFile, 10, log.offset).join('\n  ');
  throw new StackFault('supervisor_lost', `the supervisor did not start (code ${child.exitCode}):\n  ${said}`);
}
