import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fleetState, SERVICE_NAMES, type FleetReplica, type FleetState } from '@nestfleet/contracts';

const cli = join(import.meta.dirname, '../src/cli.ts');
const serviceFixture = join(import.meta.dirname, 'fixtures/fleet-service.js');

/** makeApps makes a folder of bundles as a build does, one for each service of the table. */
function makeApps(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nestfleet-apps-'));
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }\n');
  copyFileSync(serviceFixture, join(dir, 'service.js'));
  for (const service of SERVICE_NAMES) {
    mkdirSync(join(dir, service));
    writeFileSync(join(dir, service, 'main.js'), `import { serve } from '../service.js';\n\nserve('${service}');\n`);
  }
  return dir;
}

export interface Result {
  readonly code: number | null;
  readonly text: string;
}

export interface Answer {
  readonly served_by: string;
  readonly pid: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What a fixture service answers, on a connection of its own: a kept one would belong to whoever accepted it. */
export async function ask(url: string): Promise<Answer> {
  const request = get(url, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return (await json(response)) as Answer;
}

/** A fleet of fixture services in a folder of its own, driven by the commands behind `make`. */
export class FixtureFleet {
  readonly dir: string;
  readonly appsDir = makeApps();
  private readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = {}, dir = mkdtempSync(join(tmpdir(), 'nestfleet-engine-'))) {
    this.dir = dir;
    const own = { NODE_OPTIONS: '', ENGINE: 'local', STACK_DIR: dir, STACK_APPS_DIR: this.appsDir };
    this.env = { ...process.env, ...own, ...env };
  }

  async run(...args: string[]): Promise<Result> {
    const child = spawn(process.execPath, [cli, ...args], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  }

  /** @throws with all that it printed when the command fails */
  async must(...args: string[]): Promise<string> {
    const { code, text } = await this.run(...args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${text}`);
    return text;
  }

  get state(): FleetState {
    return fleetState.parse(JSON.parse(readFileSync(join(this.dir, 'fleet.json'), 'utf8')));
  }

  get hasState(): boolean {
    return existsSync(join(this.dir, 'fleet.json'));
  }

  replicas(service: string): FleetReplica[] {
    return this.state.replicas.filter((replica) => replica.service === service);
  }

  names(service: string): string[] {
    return this.replicas(service).map(({ name }) => name);
  }

  /** Every process of the fleet that the state file knows, the supervisor too. */
  pids(): number[] {
    const { supervisor, servers, replicas } = this.state;
    return [supervisor, ...servers, ...replicas].map(({ pid }) => pid);
  }

  /** One command to its Redis, by the inline protocol; answers the first line or what follows a length. */
  async redis(command: string): Promise<string> {
    const url = this.state.servers.find(({ name }) => name === 'redis')?.url ?? '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${command}\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    const [first = '', second] = data.toString().split('\r\n');
    return first.startsWith('$') ? (second ?? '') : first;
  }

  async dispose(): Promise<void> {
    await this.run('down');
    for (const dir of [this.dir, this.appsDir]) rmSync(dir, { recursive: true, force: true });
  }
}

/** Pids that still run something whose command line or environment names this folder. */
export function processesOf(dir: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => readProc(pid, file).includes(dir)))
    .map(Number);
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
