import type { ServiceName } from '@nestfleet/contracts';
import { until } from '../client/until.ts';
import { StallInjector } from './stall-injector.ts';
import { entriesPath, parseEntries } from './catalog-view.ts';
import { composeEdgeNetwork } from './compose-edge-network.ts';
import { type Container, containersOf, readInstanceIds } from '../../../fleet/src/programs.ts';
import { containerTarget, docker, logOf, runningOf } from './docker.ts';
import { type FleetDriver, type Replica, type ServerName, type Servers, lacksCluster } from './fleet-driver.ts';
import { parseEvents } from './log-events.ts';

const HEALED_WITHIN_MS = 60_000;
/** Above every `stop_grace_period` of the compose files. */
const STOP_GRACE_S = 45;
const SERVER_NAMES: readonly ServerName[] = ['redis', 'consul'];

/** Runs inside a container, so it is plain JavaScript. */
const ASK = `
fetch(new URL(process.argv[1], 'http://' + require('node:os').hostname() + ':' + process.env.PORT)).then(async (answer) =>
  process.stdout.write(JSON.stringify({ status: answer.status, text: await answer.text() })));
`;

/** Runs inside Redis' container, where the password is. */
const REDIS_CLI = 'REDISCLI_AUTH=$(cat /run/secrets/redis_password) exec redis-cli --json "$@"';

export interface ComposeFleet {
  readonly project: string;
  /** The service that publishes the edge proxy's port. */
  readonly edgeService: string;
  /** How this fleet is changed: through `make`, with the files that it came up with. */
  readonly make: (target: string, values: Readonly<Record<string, string | number>>) => Promise<unknown>;
  readonly dispose: () => Promise<void>;
}

/** A fleet of containers: looked at and hit through Docker, by its Compose project alone. */
export function composeDriver({ project, edgeService, make, dispose }: ComposeFleet): FleetDriver {
  const stalls = new StallInjector();
  process.on('exit', () => stalls.signalAll());
  const running = async (service: string): Promise<Container[]> =>
    (await runningOf(project)).filter((each) => each.service === service);
  const ready = async (service: ServiceName): Promise<Replica[]> => {
    // A paused one is no longer healthy after a while, and still has its place.
    const meant = (await running(service)).filter(({ id, state }) => state === 'ready' || stalls.holds(id));
    const ids = await readInstanceIds(meant);
    return meant.map(({ id, servedBy }) => {
      const instanceId = ids.get(id);
      if (instanceId === undefined) throw new Error(`${servedBy} has not said its instance id`);
      return { id, service, servedBy, instanceId };
    });
  };
  const one = async (service: string): Promise<Container> => {
    const [container] = await running(service);
    if (!container) throw new Error(`${project} has no ${service}`);
    return container;
  };
  return {
    engine: 'docker',
    restartsByItself: false,
    edgeRetries: true,
    lacks: lacksCluster,
    // Whoever comes by a published port comes from the network's own gateway.
    strangerAddress: undefined,
    ready,
    scale: async (service, count) => {
      await make('scale', { SERVICE: service, N: count });
    },
    roll: async (service) => {
      await make('restart', { SERVICE: service });
    },
    reloadEdge: async () => {
      await make('reload', {});
    },
    stop: async ({ id }) => {
      await docker('stop', '--time', String(STOP_GRACE_S), id);
      const code = (await docker('inspect', '--format', '{{.State.ExitCode}}', id)).trim();
      if (code !== '0') throw new Error(`${id.slice(0, 12)} ended with exit code ${code}`);
    },
    kill: async ({ id }) => {
      await docker('kill', id);
    },
    heal: async ({ id, service }) => {
      await docker('start', id);
      const ask = async () => (await ready(service)).find((each) => each.id === id);
      return (await until('it is healthy again', ask, HEALED_WITHIN_MS, 500)).value;
    },
    pause: async ({ id }) => {
      await stalls.pause(await containerTarget(id));
    },
    resume: ({ id }) => stalls.resume(id),
    slow: async ({ id }, options) => stalls.slow(await containerTarget(id), options),
    // Not every engine lets this machine reach a container's address; the container itself always does.
    // Its network leads nowhere.
    origin: () => undefined,
    ask: async ({ id }, path) =>
      JSON.parse(await docker('exec', id, 'node', '-e', ASK, path)) as { status: number; text: string },
    servers: servers({ project, make, one, stalls }),
    redis: async (...words) => {
      const { id } = await one('redis');
      return JSON.parse(await docker('exec', id, 'sh', '-c', REDIS_CLI, 'redis-cli', ...words)) as unknown;
    },
    entries: async (service) => {
      const { id } = await one('consul');
      return parseEntries(await docker('exec', id, 'curl', '-fsS', '-m', '2', `127.0.0.1:8500${entriesPath(service)}`));
    },
    events: async (service, sinceMs) => {
      // What a replica says last, it says when it ends.
      const all = (await containersOf(project)).filter((each) => each.service === service);
      const texts = all.map(async ({ id, servedBy }) => parseEvents(await logOf(id, sinceMs), servedBy, sinceMs));
      return (await Promise.all(texts)).flat();
    },
    logs: async () => {
      const all = (await runningOf(project)).map(async ({ id, name }) => [name, await logOf(id, 0)] as const);
      return new Map(await Promise.all(all));
    },
    undo: async () => {
      await stalls.releaseAll();
      for (const name of SERVER_NAMES)
        if ((await running(name)).length === 0) await make('start-server', { NAME: name });
    },
    edgeNetwork: composeEdgeNetwork(project, edgeService),
    dispose: async () => {
      await stalls.releaseAll();
      await dispose();
    },
  };
}

interface Reach extends Pick<ComposeFleet, 'project' | 'make'> {
  readonly one: (service: string) => Promise<Container>;
  readonly stalls: StallInjector;
}

function servers({ project, make, one, stalls }: Reach): Servers {
  const paused = new Map<ServerName, string>();
  /** Who wipes the data of a stopped server needs an image with a shell: its own. */
  const images = new Map<ServerName, string>();
  const stop = async (name: ServerName, values: Record<string, number>): Promise<void> => {
    images.set(name, (await one(name)).image);
    await make('stop-server', { NAME: name, ...values });
  };
  return {
    stop: (name) => stop(name, {}),
    kill: (name) => stop(name, { KILL: 1 }),
    start: async (name) => {
      await make('start-server', { NAME: name });
    },
    pause: async (name) => {
      const { id } = await one(name);
      paused.set(name, id);
      await stalls.pause(await containerTarget(id));
    },
    resume: async (name) => {
      await stalls.resume(paused.get(name) ?? '');
    },
    wipe: async (name) => {
      const image = images.get(name);
      if (image === undefined) throw new Error(`${name} was not stopped, so its data is in use`);
      const volume = `${project}_${name}-data:/data`;
      const script = 'find /data -mindepth 1 -delete';
      await docker('run', '--rm', '--user', '0', '--entrypoint', 'sh', '--volume', volume, image, '-c', script);
    },
    failSnapshots: async () => {
      throw new Error('snapshots of a Redis in a container cannot be made to fail');
    },
    losePower: async () => {
      throw new Error('the file of a Redis in a container cannot be cut');
    },
  };
}
