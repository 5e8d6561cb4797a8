import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serversInUse } from './serve/servers-in-use.ts';
import { findConsul, findRedisServer } from './servers/find.ts';
import { ServerFault, messageOf } from './servers/errors.ts';

// Runs a command with a Redis and a Consul of its own: node tools/fleet/src/with-servers.ts <command> [arguments]
// REDIS_URL and CONSUL_HTTP_ADDR are used where they are set; NESTFLEET_REDIS_FLAVOUR chooses another Redis, or Valkey. The
// command's exit code is ours, 69 where a server can be had neither here nor elsewhere. The servers belong to a supervisor, so
// that they end even when this one is killed.

const usage = 'usage: node tools/fleet/src/with-servers.ts <command> [arguments]';
/** As sysexits has it. */
const EXIT_UNAVAILABLE = 69;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // Before the command runs: a signal in between would end this process and leave the command alone.
  const pass = (signal: NodeJS.Signals): unknown => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  const child = spawn(command, args, { stdio: 'inherit', env });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

// Until the command runs, a signal may end this process the plain way: the supervisor notices and cleans up.
async function withServers(command: string, args: readonly string[]): Promise<number> {
  const [redis, consul] = await Promise.all([findRedisServer(), findConsul()]);
  const env = { ...process.env, NESTFLEET_REDIS_SERVER: redis.path, NESTFLEET_CONSUL: consul.path };
  const dir = mkdtempSync(join(tmpdir(), 'nestfleet-run-'));
  try {
    const servers = await serversInUse({ dir, lingerMs: 0, isTemporary: true }, env);
    try {
      return await run(command, args, { ...env, ...servers.env });
    } finally {
      await servers.end();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error(usage);
  process.exit(64);
}
try {
  process.exit(await withServers(command, args));
} catch (fault) {
  console.error(`with-servers: ${messageOf(fault)}`);
  process.exit(fault instanceof ServerFault && fault.code === 'server_missing' ? EXIT_UNAVAILABLE : 1);
}
