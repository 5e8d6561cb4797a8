import { run } from './make-fleet.ts';

/** What the suite reads of one container, out of `docker inspect`. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** What it writes into `x-served-by`. */
  readonly servedBy: string;
  readonly image: string;
  readonly healthy: boolean;
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
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } | null };
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

/** @throws with all that it printed, when it fails */
export async function docker(...args: string[]): Promise<string> {
  const { code, output } = await run('docker', args, process.env, DOCKER_WITHIN_MS);
  if (code !== 0) throw new Error(`docker ${args.slice(0, 2).join(' ')} ended with ${code}: ${output.slice(0, 2_000)}`);
  return output;
}

/** The running containers of one Compose project. */
export async function containersOf(project: string): Promise<Container[]> {
  const ids = (await docker('ps', '-q', '--no-trunc', '--filter', `label=com.docker.compose.project=${project}`)).split(
    '\n',
  );
  const known = ids.filter((id) => id !== '');
  return known.length === 0 ? [] : parseContainers(await docker('inspect', ...known));
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
