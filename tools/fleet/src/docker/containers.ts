import type { ContainerReplica } from '@nestfleet/contracts';
import { serviceOf, shortName } from '../core/services.ts';

type State = ContainerReplica['state'];

/** Container is one container of a fleet, out of `docker inspect`. */
export interface Container {
  readonly id: string;
  readonly name: string;
  /** Its service in the compose files, and which one of them it is. */
  readonly service: string;
  readonly number: number;
  /** The image's id, and the name under which it was asked for. */
  readonly imageId: string;
  readonly image: string;
  readonly state: State;
  readonly exitCode: number;
  readonly restarts: number;
  /** False of one that was made and not started yet. */
  readonly hasRun: boolean;
  readonly startedAtMs: number;
  /** What it writes into `x-served-by`. */
  readonly servedBy: string;
  readonly address: string | null;
  /** Address by network name, empty while it does not run. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly published: readonly Published[];
}

/** displayName is a container's name for people, as on the local engine: `api-1`, `gateway-1`, `redis`. */
export function displayName({ service, number }: Pick<Container, 'service' | 'number'>): string {
  const app = serviceOf(service);
  return app === undefined ? service : `${shortName(app)}-${number}`;
}

export interface Published {
  readonly target: number;
  readonly host: string;
  readonly port: number;
}

/** The part of `docker inspect` that is read here. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
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
    readonly Ports?: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null;
  };
}

/** parseContainers reads a list of containers; what was started by `docker compose run` is none of the fleet. */
export const parseContainers = (text: string): Container[] =>
  (JSON.parse(text) as Inspected[])
    .filter(({ Config: { Labels } }) => Labels?.['com.docker.compose.oneoff'] !== 'True')
    .map(containerOf)
    .toSorted((a, b) => a.service.localeCompare(b.service, 'en') || a.number - b.number);

function containerOf(inspected: Inspected): Container {
  const { State, Config, NetworkSettings } = inspected;
  const startedAtMs = Date.parse(State.StartedAt);
  const networks = Object.entries(NetworkSettings.Networks ?? {});
  const addresses = Object.fromEntries(networks.map(([name, { IPAddress }]) => [name, IPAddress]));
  const env = envOf(Config.Env ?? []);
  return {
    id: inspected.Id,
    name: inspected.Name.replace(/^\//, ''),
    service: Config.Labels?.['com.docker.compose.service'] ?? '',
    number: Number(Config.Labels?.['com.docker.compose.container-number'] ?? 1),
    imageId: inspected.Image,
    image: Config.Image,
    state: stateOf(State.Status, State.Health?.Status),
    exitCode: State.ExitCode,
    restarts: inspected.RestartCount,
    hasRun: startedAtMs > 0,
    // One that never ran has started in the year 1.
    startedAtMs: startedAtMs > 0 ? startedAtMs : Date.parse(inspected.Created),
    servedBy: env['INSTANCE_NAME'] || Config.Hostname,
    address: innerAddress(addresses),
    addresses,
    env,
    published: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([target, hosts]) =>
      (hosts ?? []).map(({ HostIp, HostPort }) => ({
        target: Number.parseInt(target, 10),
        host: HostIp,
        port: Number(HostPort),
      })),
    ),
  };
}

function stateOf(status: string, health: string | undefined): State {
  switch (status) {
    case 'running':
      if (health === 'unhealthy') return 'unhealthy';
      return health === 'starting' ? 'starting' : 'ready';
    case 'created':
      return 'starting';
    case 'restarting':
      return 'backing-off';
    case 'removing':
      return 'leaving';
    case 'paused':
      return 'paused';
    default:
      return 'stopped';
  }
}

function innerAddress(addresses: Container['addresses']): string | null {
  const names = Object.keys(addresses);
  return addresses[names.find((each) => each.endsWith('_inner')) ?? names[0] ?? ''] || null;
}

const envOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
