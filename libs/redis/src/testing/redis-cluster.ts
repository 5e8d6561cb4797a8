import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type AdminOptions, sendCommand } from './admin.ts';
import { freePort } from './free-port.ts';
import { type RedisServer, type RedisServerOptions, redisServerBinary, startRedisServer } from './redis-server.ts';
import { trust } from './server-tls.ts';
import { until } from '@nestfleet/timing';

const SLOTS = 16_384;
/** Where a node listens for the others by default. */
const BUS_ABOVE = 10_000;
const FORMED_WITHIN_MS = 20_000;
/** After this silence a node is taken for dead, and a replica may take over. */
const NODE_TIMEOUT_MS = 2_000;

export interface RedisClusterOptions extends Pick<RedisServerOptions, 'appendonly' | 'appendfsync' | 'binary' | 'tls'> {
  /** 3 or more, as Redis wants. */
  readonly primaries: number;
  /** Of each primary. @default 0 */
  readonly replicas?: number;
  readonly settings?: Readonly<Record<string, string>>;
  /** For servers that let nobody in without. */
  readonly admin?: Omit<AdminOptions, 'tls'>;
}

export interface RedisCluster {
  /** `redis+cluster://127.0.0.1:<port>,…`, each node named. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** The node that serves the slot of `key` now. */
  primaryOf(key: string): Promise<RedisServer>;
  /** Starts a node that was killed, with what it had on disk. */
  restart(node: RedisServer): Promise<RedisServer>;
  stop(): Promise<void>;
}

/** Runs a real Redis Cluster on loopback and resolves when every node agrees that all slots are served. */
export async function startRedisCluster(options: RedisClusterOptions): Promise<RedisCluster> {
  const { primaries, replicas = 0, settings, ...server } = options;
  const { tls } = server;
  const admin = { ...options.admin, ...(tls === undefined ? {} : { tls: trust(tls) }) };
  const nodes: RedisServer[] = [];
  const replaced: RedisServer[] = [];
  const buses = new Map<number, number>();
  const choosesBus = await canChooseBus(server.binary ?? redisServerBinary());
  const settingsOf = async (port: number) => {
    // The usual port + 10,000 may become that of somebody's outgoing connection while the node is down.
    const bus = buses.get(port) ?? (choosesBus ? await freePort() : port + BUS_ABOVE);
    buses.set(port, bus);
    return {
      'cluster-enabled': 'yes',
      ...(choosesBus ? { 'cluster-port': String(bus) } : {}),
      'cluster-node-timeout': String(NODE_TIMEOUT_MS),
      ...(tls === undefined ? {} : { 'tls-cluster': 'yes' }),
      ...settings,
    };
  };
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    // Their directories are the ones that were used on.
    await Promise.all(replaced.map((node) => node.stop()));
  };
  try {
    await Promise.all(
      Array.from({ length: primaries * (1 + replicas) }, async () => {
        nodes.push(await startRedisServer({ ...server, settings: settingsOf }));
      }),
    );
    await form(nodes, { primaries, buses, admin });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    async primaryOf(key) {
      const asked = await Promise.any(nodes.map((node) => ownerPort(node.port, key, admin)));
      const found = nodes.find(({ port }) => port === asked);
      if (found === undefined) throw new Error(`nobody serves the slot of ${key}`);
      return found;
    },
    async restart(node) {
      const again = await startRedisServer({ ...server, dir: node.dir, port: node.port, settings: settingsOf });
      nodes[nodes.indexOf(node)] = again;
      replaced.push(node);
      return again;
    },
    stop,
  };
}

/** Redis 7 and later; a program that is not there says so when it is started. */
async function canChooseBus(binary: string): Promise<boolean> {
  const said = await promisify(execFile)(binary, ['--version']).catch(() => ({ stdout: 'v=7' }));
  return Number(/v=(\d+)/.exec(said.stdout)?.[1]) >= 7;
}

interface Forming {
  readonly primaries: number;
  readonly buses: ReadonlyMap<number, number>;
  readonly admin: AdminOptions;
}

async function form(nodes: readonly RedisServer[], { primaries, buses, admin }: Forming): Promise<void> {
  const send = (node: RedisServer, ...command: string[]) => sendCommand(node.port, command, admin);
  const [first, ...others] = nodes;
  const leading = nodes.slice(0, primaries);
  if (first === undefined) return;
  await Promise.all(
    leading.map(async (node, n) => {
      const from = Math.floor((SLOTS * n) / primaries);
      const to = Math.floor((SLOTS * (n + 1)) / primaries) - 1;
      const slots = Array.from({ length: to - from + 1 }, (_none, nth) => String(from + nth));
      await send(node, 'CLUSTER', 'ADDSLOTS', ...slots);
      // Equal epochs settle by themselves, after a while in which the nodes do not agree.
      await send(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(n + 1));
    }),
  );
  for (const { port } of others) {
    await send(first, 'CLUSTER', 'MEET', '127.0.0.1', String(port), String(buses.get(port)));
  }
  const allNodesReport = (pattern: RegExp) =>
    until(async () => {
      const said = await Promise.all(nodes.map((node) => send(node, 'CLUSTER', 'INFO')));
      return said.every((info) => pattern.test(String(info)));
    }, FORMED_WITHIN_MS);
  await allNodesReport(new RegExp(`cluster_known_nodes:${nodes.length}\\r`));
  await Promise.all(
    nodes.slice(primaries).map(async (replica, n) => {
      const primary = leading[n % primaries];
      if (primary === undefined) return;
      const id = String(await send(primary, 'CLUSTER', 'MYID'));
      await until(() => send(replica, 'CLUSTER', 'REPLICATE', id), FORMED_WITHIN_MS);
      await until(async () => /master_link_status:up/.test(String(await send(replica, 'INFO'))), FORMED_WITHIN_MS);
    }),
  );
  await allNodesReport(/cluster_state:ok[\s\S]*cluster_slots_ok:16384\r/);
}

/** What one node thinks. */
async function ownerPort(port: number, key: string, admin: AdminOptions): Promise<number> {
  const slot = Number(await sendCommand(port, ['CLUSTER', 'KEYSLOT', key], admin));
  const ranges = (await sendCommand(port, ['CLUSTER', 'SLOTS'], admin)) as [number, number, [string, number]][];
  const range = ranges.find(([from, to]) => slot >= from && slot <= to);
  if (range === undefined) throw new Error(`nobody serves slot ${slot}`);
  return range[2][1];
}
