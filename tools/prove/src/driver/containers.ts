import { readyReport } from '@nestfleet/contracts';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What the suite reads of one container, out of `docker inspect`. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** What it writes into `x-served-by`. */
  readonly servedBy: string;
  readonly image: string;
  readonly healthy: boolean;
  readonly startedAtMs: number;
  /** Address by network name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Ports inside it that the host publishes. */
  readonly published: readonly number[];
  /** Ports that it listens on, by its settings. */
  readonly listens: readonly number[];
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Running: boolean;
    readonly StartedAt?: string;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly Config: {
    readonly Hostname: string;
    readonly Image: string;
    readonly Env?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress: string }>> | null;
    readonly Ports?: Readonly<Record<string, readonly unknown[] | null>> | null;
  };
}

const DOCKER_WITHIN_MS = 60_000;
const start = promisify(execFile);

async function run(args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  try {
    return await start('docker', args, { timeout: DOCKER_WITHIN_MS, maxBuffer: 256 << 20 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const words = `${stdout}${stderr}`.slice(0, 2_000);
    throw new Error(`docker ${args.slice(0, 2).join(' ')} failed: ${words}`, { cause: error });
  }
}

/** @throws with all that it printed, when it fails */
export const docker = async (...args: string[]): Promise<string> => (await run(args)).stdout;

/** The running containers of one Compose project, and with `ended` those that have ended. */
export async function containersOf(project: string, { ended = false } = {}): Promise<Container[]> {
  const which = ['--no-trunc', '--filter', `label=com.docker.compose.project=${project}`, ...(ended ? ['--all'] : [])];
  const ids = (await docker('ps', '-q', ...which)).split('\n');
  const known = ids.filter((id) => id !== '');
  return known.length === 0 ? [] : parseContainers(await docker('inspect', ...known));
}

/** What a container has written since a time in milliseconds since 1970. */
export async function logOf(id: string, sinceMs: number): Promise<string> {
  const { stdout, stderr } = await run(['logs', '--since', new Date(sinceMs).toISOString(), id]);
  return stdout + stderr;
}

/** ServiceID of the present run, out of the line that it writes when it is ready; empty for what writes none. */
export async function instanceIdOf({ id, startedAtMs }: Pick<Container, 'id' | 'startedAtMs'>): Promise<string> {
  const line = (await logOf(id, startedAtMs)).split('\n').findLast((each) => each.includes('"service.ready"'));
  return line === undefined ? '' : readyReport.parse(JSON.parse(line)).instance_id;
}

export function parseContainers(text: string): Container[] {
  return (JSON.parse(text) as Inspected[]).map(({ Id, Name, State, Config, NetworkSettings }) => {
    const env = new Map((Config.Env ?? []).map((line) => line.split(/=(.*)/s) as [string, string]));
    const port = (name: string): number[] => (Number(env.get(name)) > 0 ? [Number(env.get(name))] : []);
    return {
      id: Id,
      name: Name.replace(/^\//, ''),
      service: Config.Labels?.['com.docker.compose.service'] ?? '',
      servedBy: env.get('INSTANCE_NAME') || Config.Hostname,
      image: Config.Image,
      healthy: State.Running && (State.Health?.Status ?? 'healthy') === 'healthy',
      startedAtMs: Date.parse(State.StartedAt ?? '') || 0,
      addresses: Object.fromEntries(
        Object.entries(NetworkSettings.Networks ?? {}).map(([network, { IPAddress }]) => [network, IPAddress]),
      ),
      published: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([target, hosts]) =>
        hosts && hosts.length > 0 ? [Number.parseInt(target, 10)] : [],
      ),
      listens: ['PORT', 'RPC_PORT', 'CONTROL_PORT', 'METRICS_PORT'].flatMap(port),
    };
  });
}
