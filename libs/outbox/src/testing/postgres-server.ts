import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  chownSync,
  constants,
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';

const run = promisify(execFile);
const READY_WITHIN_MS = 60_000;
/** PostgreSQL refuses root: `nobody` of every distribution. */
const UNPRIVILEGED = 65_534;

/** PostgresServer listens on a socket in its own temporary folder, so that it needs no port. */
export interface PostgresServer {
  readonly connection: { readonly host: string; readonly user: string; readonly database: string };
  stop(): Promise<void>;
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The program `postgres`, beside which is `initdb`: NESTFLEET_POSTGRES, PATH, or where Debian puts it; undefined when there is none. */
export function postgresBinary(): string | undefined {
  const named = process.env['NESTFLEET_POSTGRES'] ?? '';
  if (named !== '') return named;
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'postgres'));
  const installed = globSync('/usr/lib/postgresql/*/bin/postgres').toSorted().toReversed();
  return [...onPath, ...installed].find(isProgram);
}

/** Others may execute the file, and pass each folder above it. */
const isOpenToAll = (path: string): boolean =>
  (statSync(path).mode & 0o001) === 1 && (dirname(path) === path || isOpenToAll(dirname(path)));

/** Where an unprivileged user can run it: what was fetched lies in the home of root. */
function runnable(binary: string, dir: string): string {
  if (isOpenToAll(binary)) return binary;
  cpSync(dirname(binary), join(dir, 'program'), { recursive: true, verbatimSymlinks: true });
  return join(dir, 'program', basename(binary));
}

/** The last line of what the server writes of itself; `pg_ctl` waits for it too. */
const saysReady = (data: string): boolean =>
  readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';

/** Runs a real PostgreSQL on a new database and resolves when it answers. */
export async function startPostgres(found: string): Promise<PostgresServer> {
  const dir = mkdtempSync(join(tmpdir(), 'outbox-pg-'));
  const data = join(dir, 'data');
  const owner = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  const remove = () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  let child: ChildProcess | undefined;
  try {
    if (owner.uid !== undefined) chownSync(dir, owner.uid, owner.gid);
    const binary = owner.uid === undefined ? found : runnable(found, dir);
    const settings = ['--auth=trust', '--username=app', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(dirname(binary), 'initdb'), ['-D', data, ...settings], { ...owner, cwd: dir });
    const options = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off', 'max_connections=50'];
    const args = ['-D', data, ...options.flatMap((option) => ['-c', option])];
    const server = spawn(binary, args, { ...owner, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
    child = server;
    // SIGKILL would leave its own processes behind for a while.
    endWithOwner(server, 'SIGQUIT');
    let said = '';
    server.stderr.on('data', (text) => (said = `${said}${String(text)}`.slice(-4_096)));
    server.once('error', (error) => (said += error.message));
    const connection = { host: dir, user: 'app', database: 'postgres' };
    await until(() => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`);
      return saysReady(data);
    }, READY_WITHIN_MS);
    return {
      connection,
      async stop() {
        // SIGINT: clients are disconnected.
        if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'exit');
        remove();
      },
    };
  } catch (error) {
    child?.kill('SIGKILL');
    remove();
    throw error;
  }
}
