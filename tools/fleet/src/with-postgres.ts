import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { findPostgres } from './servers/find-postgres.ts';
import { messageOf } from './servers/errors.ts';

// Runs a command that starts a PostgreSQL of its own, with the program's path in NESTFLEET_POSTGRES:
//   node tools/fleet/src/with-postgres.ts <command> [arguments]
// Where there is none and none can be fetched the command runs all the same, and says what it skips. Its exit code is ours.

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error('usage: node tools/fleet/src/with-postgres.ts <command> [arguments]');
  process.exit(64);
}

async function programOf(): Promise<Record<string, string>> {
  try {
    return { NESTFLEET_POSTGRES: (await findPostgres()).path };
  } catch (fault) {
    console.error(`with-postgres: ${messageOf(fault)}`);
    return {};
  }
}

const env = { ...process.env, ...(await programOf()) };
const child = spawn(command, args, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.once('error', (fault) => {
  console.error(`with-postgres: ${fault.message}`);
  process.exit(127);
});
const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
