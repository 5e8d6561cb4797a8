import { type FleetReplica, type FleetServer, type FleetState, fleetState } from '@nestfleet/contracts';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../../..');

export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a command of a README in the repository's folder, or in that of a copy. */
export function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  limitMs: number,
  cwd = root,
): Promise<CommandResult> {
  return new Promise((done, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.once('error', reject);
    // `exit`, not `close`: the daemon that `up` leaves behind may hold an inherited pipe open.
    child.once('exit', (code) => setImmediate(() => done({ code: code ?? -1, output })));
  });
}

/** Drives one fleet of processes through the same `make` targets that people use, in a stack folder of its own. */
export class Fleet {
  readonly directory = mkdtempSync(join(tmpdir(), 'nestfleet-prove-'));
  private readonly env: NodeJS.ProcessEnv;

  /** @param settings variables that `make` sees, ENGINE among them: the one that is found would be another elsewhere */
  constructor(settings: Readonly<Record<string, string>> = { ENGINE: 'local' }) {
    // Jest's own flags must not reach the services, and a make above us must not share its job server.
    const {
      NODE_OPTIONS: _,
      MAKEFLAGS: __,
      MAKELEVEL: ___,
      MFLAGS: ____,
      REDIS_URL: _____,
      CONSUL_HTTP_ADDR: ______,
      ...env
    } = process.env;
    // Jest hands no signal on, and a kill none to anybody: a fleet that outlives its run would be found by nobody.
    this.env = { ...env, STACK_DIR: this.directory, STACK_OWNER_PID: String(process.pid), ...settings };
  }

  /** @throws when the command fails, with all that it printed */
  async make(
    target: string,
    values: Readonly<Record<string, string | number>> = {},
    limitMs = 180_000,
  ): Promise<string> {
    const { code, output } = await this.tryMake(target, values, limitMs);
    if (code !== 0) throw new Error(`make ${target} ended with ${code}:\n${output}`);
    return output;
  }

  tryMake(
    target: string,
    values: Readonly<Record<string, string | number>> = {},
    limitMs = 180_000,
  ): Promise<CommandResult> {
    const settings = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    return run('make', ['-s', target, ...settings], this.env, limitMs);
  }

  /** A line of a document as it stands there, such as `make scale N=5`. */
  shell(line: string, more: Readonly<Record<string, string>> = {}, limitMs = 180_000): Promise<CommandResult> {
    return run('sh', ['-c', line], { ...this.env, ...more }, limitMs);
  }

  state(): FleetState {
    return fleetState.parse(JSON.parse(readFileSync(join(this.directory, 'fleet.json'), 'utf8')));
  }

  get url(): string {
    const { public_url: url } = this.state();
    if (url === null) throw new Error('the fleet has no edge proxy');
    return url.replace(/\/$/, '');
  }

  /** All, or those of one service. */
  replicas(service?: string): FleetReplica[] {
    const { replicas } = this.state();
    return service === undefined ? replicas : replicas.filter((replica) => replica.service === service);
  }

  ready(service: string): FleetReplica[] {
    return this.replicas(service).filter((replica) => replica.state === 'ready');
  }

  server(name: FleetServer['name']): FleetServer {
    const found = this.state().servers.find((server) => server.name === name);
    if (!found) throw new Error(`the fleet has no ${name}`);
    return found;
  }

  /** Direct address of one replica, past every balancer. */
  static origin(replica: FleetReplica): string {
    return `http://127.0.0.1:${replica.ports.http}`;
  }

  /** A signal to one process of this fleet, by the pid in its state file. */
  static signal(process_: { readonly pid: number }, signal: NodeJS.Signals): void {
    process.kill(process_.pid, signal);
  }

  /** Ends everything and removes the folder, however far `up` got. */
  async dispose(): Promise<void> {
    await this.tryMake('down');
    rmSync(this.directory, { recursive: true, force: true });
  }
}
