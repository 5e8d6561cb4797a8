import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { listenForRequests } from '../control/server.ts';
import { lockUntilExit } from '../process/file-lock.ts';
import { boundLogs } from '../logs/log-file.ts';
import { isRunning, startTime } from '../process/identity.ts';
import { messageOf } from '../servers/errors.ts';
import { makeSocketPath, makeStackPaths } from '../core/stack-paths.ts';
import { IS_LOCKED, type SupervisorSettings } from '../core/supervisor-settings.ts';
import { Supervisor } from './supervisor.ts';
import { writeAtomically } from '../process/write-atomically.ts';

// The supervisor: the one process that owns a fleet. Started by `make up`, which sends it requests over the control socket.

const EX_TEMPFAIL = 75;
/** Whoever started it and died before a request leaves nothing behind. */
const FIRST_REQUEST_WITHIN_MS = 15_000;
const BOUND_LOGS_EVERY_MS = 2_000;
const LOOK_FOR_OWNER_EVERY_MS = 1_000;
/** The last reply is on its way. */
const FLUSH_MS = 100;

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
// On a full disk its own log cannot be written; that is no reason to leave a fleet alone.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const settings = JSON.parse(process.argv[2] ?? '{}') as SupervisorSettings;
const paths = makeStackPaths(settings.dir);
if (!lockUntilExit(paths.lock)) {
  log(`${IS_LOCKED} (pid ${process.pid} ends)`);
  process.exit(EX_TEMPFAIL);
}

const self = { pid: process.pid, startedAtMs: startTime(process.pid) ?? Date.now() };
const supervisor = new Supervisor(paths, settings, self, log);
const socket = makeSocketPath(paths.dir);
let ending = false;

async function shutdown(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await supervisor.end().catch((fault: unknown) => log(`ending failed: ${messageOf(fault)}`));
  rmSync(paths.endpoint, { force: true });
  rmSync(socket, { force: true });
  await pause(FLUSH_MS);
  if (settings.isTemporary) rmSync(paths.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.exit(code);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (ending) {
      log(`second ${signal}: everything is killed`);
      supervisor.kill();
      process.exit(1);
    }
    log(`${signal}: shutting down`);
    void shutdown(0);
  });
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (fault) => {
  log(`the supervisor has failed and stops the fleet: ${fault.stack ?? fault.message}`);
  void shutdown(1);
});

const idle = setTimeout(() => void shutdown(0), FIRST_REQUEST_WITHIN_MS);
await listenForRequests(socket, async (request, caller) => {
  clearTimeout(idle);
  log(`request: ${JSON.stringify(request)}`);
  try {
    await supervisor.handle(request, caller);
  } finally {
    // After `down`, after the last reference, and after an `up` that failed or was given up.
    if (supervisor.isEnding) void shutdown(0);
  }
});
setInterval(() => {
  try {
    for (const name of boundLogs(paths.logs)) log(`${name} was long: kept as ${name}.1, begun anew`);
  } catch (fault) {
    log(`cannot bound the logs: ${messageOf(fault)}`);
  }
}, BOUND_LOGS_EVERY_MS);
const { owner } = settings;
// Twice, because one look may fail, as where no descriptor is left.
let misses = 0;
if (owner !== undefined)
  setInterval(() => {
    misses = isRunning(owner) ? 0 : misses + 1;
    if (ending || misses < 2) return;
    log(`its owner (pid ${owner.pid}) is gone: shutting down`);
    void shutdown(0);
  }, LOOK_FOR_OWNER_EVERY_MS);
writeAtomically(paths.endpoint, `${JSON.stringify({ pid: self.pid, started_at_ms: self.startedAtMs, socket })}\n`);
