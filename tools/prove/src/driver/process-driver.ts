import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetReplica, ServiceName } from '@nestfleet/contracts';
import { connectRedis } from '@nestfleet/redis';
import { withDeadline } from '@nestfleet/timing';
import { ask } from '../client/http-client.ts';
import { until } from '../client/until.ts';
import { StallInjector, type StallTarget } from './stall-injector.ts';
import { readEntries } from './catalog-view.ts';
import {
  type FleetDriver,
  type LogEvent,
  type Replica,
  type ServerName,
  type Servers,
  lacksCluster,
} from './fleet-driver.ts';
import { parseEvents } from './log-events.ts';
import { Fleet } from './make-fleet.ts';
import { losePower } from './power-loss.ts';

const HEALED_WITHIN_MS = 30_000;
/** An api may take its drain delay and its time for what is in flight. */
const ENDED_WITHIN_MS = 45_000;
const KILLED_WITHIN_MS = 5_000;

/**
 * A fleet of processes: looked at through its state file, changed through `make`, hit by signals.
 * @param redisUrl of a Redis that is not the fleet's own
 */
export function processDriver(fleet: Fleet, redisUrl?: string): FleetDriver {
  const own: readonly ServerName[] = redisUrl === undefined ? ['redis', 'consul'] : ['consul'];
  const stalls = new StallInjector();
  // An interrupted proof leaves nothing that stands still for ever.
  process.on('exit', () => stalls.signalAll());
  // Not by its name: in a rolling restart two runs have the same one.
  const find = ({ instanceId }: Replica): FleetReplica => {
    const found = fleet.replicas().find((each) => each.instance_id === instanceId);
    if (!found) throw new Error(`${instanceId} is not there`);
    return found;
  };
  const pidOf = (replica: Replica): number => find(replica).pid;
  const ready = async (service: ServiceName): Promise<Replica[]> =>
    fleet.ready(service).map(({ name, instance_id: instanceId }) => ({
      id: name,
      service,
      servedBy: name,
      instanceId: instanceId ?? '',
    }));
  const logs = async (): Promise<Map<string, string>> => readLogs(fleet.directory);
  return {
    engine: 'local',
    restartsByItself: false,
    edgeRetries: true,
    lacks: lacksCluster,
    // All of 127.0.0.0/8 is this machine on Linux, and the fleet trusts 127.0.0.1 alone.
    strangerAddress: process.platform === 'linux' ? '127.0.0.2' : undefined,
    ready,
    scale: async (service, count) => {
      await fleet.make('scale', { SERVICE: service, N: count });
    },
    roll: async (service) => {
      await fleet.make('restart', { SERVICE: service });
    },
    reloadEdge: async () => {
      await fleet.make('reload');
    },
    stop: async (replica) => {
      const pid = pidOf(replica);
      Fleet.signal({ pid }, 'SIGTERM');
      await until(`${replica.id} has ended`, () => isGone(pid), ENDED_WITHIN_MS);
    },
    kill: async (replica) => {
      const pid = pidOf(replica);
      Fleet.signal({ pid }, 'SIGKILL');
      // On a busy machine its connections end some time after the signal.
      await until(`${replica.id} is dead`, () => isGone(pid), KILLED_WITHIN_MS, 1);
    },
    heal: async (replica) => {
      const isNext = (each: Replica): boolean => each.id === replica.id && each.instanceId !== replica.instanceId;
      const next = async () => (await ready(replica.service)).find(isNext);
      return (await until(`${replica.id} is back`, next, HEALED_WITHIN_MS)).value;
    },
    pause: async (replica) => {
      await stalls.pause(replicaTarget(replica.id, pidOf(replica)));
    },
    resume: ({ id }) => stalls.resume(id),
    slow: (replica, options) => stalls.slow(replicaTarget(replica.id, pidOf(replica)), options),
    origin: (replica) => Fleet.origin(find(replica)),
    ask: (replica, path) => ask(`${Fleet.origin(find(replica))}${path}`),
    servers: servers(fleet, stalls),
    redis: (...words) => askRedis(redisUrl ?? fleet.server('redis').url, words),
    entries: (service) => readEntries(fleet.server('consul').url, service),
    events: async (service, sinceMs) => {
      const names = new Set(fleet.replicas(service).map(({ name }) => name));
      return [...(await logs())].flatMap(([name, text]): LogEvent[] =>
        names.has(name) ? parseEvents(text, name, sinceMs) : [],
      );
    },
    logs,
    undo: async () => {
      await stalls.releaseAll();
      for (const name of own)
        if (!fleet.state().servers.some((each) => each.name === name)) await fleet.make('start-server', { NAME: name });
    },
    edgeNetwork: undefined,
    dispose: async () => {
      await stalls.releaseAll();
      await fleet.dispose();
    },
  };
}

const replicaTarget = (id: string, pid: number): StallTarget => ({
  id,
  signal: (signal) => Fleet.signal({ pid }, signal),
});

function servers(fleet: Fleet, stalls: StallInjector): Servers {
  const command = async (target: string, name: ServerName, values: Record<string, number> = {}): Promise<void> => {
    await fleet.make(target, { NAME: name, ...values });
  };
  const killRedis = () => command('stop-server', 'redis', { KILL: 1 });
  return {
    stop: (name) => command('stop-server', name),
    kill: (name) => command('stop-server', name, { KILL: 1 }),
    start: (name) => command('start-server', name),
    pause: async (name) => {
      await stalls.pause(replicaTarget(name, fleet.server(name).pid));
    },
    resume: (name) => stalls.resume(name),
    wipe: async (name) => {
      const folder = join(fleet.directory, name);
      for (const each of readdirSync(folder)) rmSync(join(folder, each), { recursive: true, force: true });
    },
    failSnapshots: async () => {
      // A file that is ready is renamed to this name, and none can replace a folder that holds something.
      const folder = join(fleet.directory, 'redis', 'dump.rdb');
      rmSync(folder, { force: true });
      mkdirSync(join(folder, 'in-the-way'), { recursive: true });
      return async () => rmSync(folder, { recursive: true, force: true });
    },
    losePower: (unsyncedMs) => {
      const { pid } = fleet.server('redis');
      const folder = join(fleet.directory, 'redis', 'appendonlydir');
      return losePower({ folder, isGone: () => isGone(pid), kill: killRedis }, unsyncedMs);
    },
  };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** The engine keeps one file and the one before it for each process. */
function readLogs(directory: string): Map<string, string> {
  const folder = join(directory, 'logs');
  const names = readdirSync(folder).flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? []);
  return new Map(
    names.map((name) => [name, read(join(folder, `${name}.log.1`)) + read(join(folder, `${name}.log`))] as const),
  );
}

const CONNECTED_WITHIN_MS = 5_000;

/** One command to the Redis at an address, over a connection of its own. Rejects when there is none in time. */
async function askRedis(url: string, [command = '', ...words]: readonly string[]): Promise<unknown> {
  const redis = connectRedis({ url, namespace: 'nf' });
  try {
    await withDeadline(redis.ready(), CONNECTED_WITHIN_MS);
    return await redis.client.call(command, ...words);
  } finally {
    await redis.close();
  }
}
