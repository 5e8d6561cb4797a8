import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { listenForOrders } from '../control/server.ts';
import { lockForLife } from '../keeper/lock.ts';
import { boundLogs } from '../logs/log-file.ts';
import { startTime } from '../process/identity.ts';
import { wordsOf } from '../servers/errors.ts';
import { makeSocketPath, makeStackPlace } from '../stack-place.ts';
import type { SupervisorSettings } from './settings.ts';
import { Supervisor } from './supervisor.ts';
import { writeWhole } from './write-whole.ts';

// The one process that owns a fleet. Started by `make up`, which tells it by the control socket what to do.

/** EX_TEMPFAIL: another supervisor has this folder. */
const EXIT_LOCKED = 75;
/** Whoever started it and died before giving an order leaves nothing behind. */
const FIRST_ORDER_WITHIN_MS = 15_000;
const BOUND_LOGS_EVERY_MS = 2_000;
/** The last reply is on its way. */
const FLUSH_MS = 100;

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
// On a full disk its own log cannot be written; that is no reason to leave a fleet alone.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const settings = JSON.parse(process.argv[2] ?? '{}') as SupervisorSettings;
const place = makeStackPlace(settings.dir);
if (!lockForLife(place.lock)) process.exit(EXIT_LOCKED);

const self = { pid: process.pid, startedAtMs: startTime(process.pid) ?? Date.now() };
const supervisor = new Supervisor(place, settings, self, log);
const socket = makeSocketPath(place.dir);
let ending = false;

async function leave(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await supervisor.end().catch((fault: unknown) => log(`ending failed: ${wordsOf(fault)}`));
  rmSync(place.card, { force: true });
  rmSync(socket, { force: true });
  await pause(FLUSH_MS);
  process.exit(code);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    if (ending) {
      log(`second ${signal}: everything is killed`);
      supervisor.kill();
      process.exit(1);
    }
    log(`${signal}: everything leaves`);
    void leave(0);
  });
process.on('SIGHUP', () => undefined);
process.on('uncaughtException', (fault) => {
  log(`the supervisor has a fault and ends the fleet: ${fault.stack ?? fault.message}`);
  void leave(1);
});

const idle = setTimeout(() => void leave(0), FIRST_ORDER_WITHIN_MS);
await listenForOrders(socket, async (order, caller) => {
  clearTimeout(idle);
  log(`order: ${JSON.stringify(order)}`);
  try {
    await supervisor.handle(order, caller);
  } finally {
    // After `down`, and after an `up` that failed or was given up.
    if (supervisor.isEnding) void leave(0);
  }
});
setInterval(() => {
  try {
    for (const name of boundLogs(place.logs)) log(`${name} was long: kept as ${name}.1, begun anew`);
  } catch (fault) {
    log(`cannot bound the logs: ${wordsOf(fault)}`);
  }
}, BOUND_LOGS_EVERY_MS);
writeWhole(place.card, `${JSON.stringify({ pid: self.pid, started_at_ms: self.startedAtMs, socket })}\n`);
