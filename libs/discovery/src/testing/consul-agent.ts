import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DiscoveryError } from '../errors.ts';
import { freeConsulPorts, type ConsulPorts } from './consul-ports.ts';
import { spawnConsul, type ConsulProcess } from './consul-process.ts';

export interface ConsulAgentOptions {
  /**
   * Path of the program.
   *
   * @default NESTFLEET_CONSUL, else `consul` on PATH
   */
  binary?: string;
  /**
   * Address that it listens on, for one in a network of its own.
   *
   * @default '127.0.0.1'
   */
  host?: string;
  /**
   * Kept over restarts.
   *
   * @default a temporary directory that goes with the agent
   */
  dataDir?: string;
  /**
   * Given ones are tried 5 times.
   *
   * @default free ones, others when a process takes one first
   */
  ports?: ConsulPorts;
  /**
   * One of several servers that hold one catalog together.
   *
   * @default a server alone
   */
  cluster?: ConsulCluster;
  /** More settings in HCL, each a whole `-hcl` argument, e.g. `limits { http_max_conns_per_client = 4000 }`. */
  hcl?: readonly string[];
  /** @default 30_000 */
  readyTimeoutMs?: number;
  /** Ends the wait until it is ready; nothing is left running then. */
  signal?: AbortSignal;
  /** Each line that Consul prints. */
  log?: (line: string) => void;
}

export interface ConsulCluster {
  /** The name of this server's node. */
  node: string;
  servers: number;
  /** `host:port` of each server's serfLan port. */
  join: readonly string[];
}

export interface ConsulAgent extends ConsulProcess {
  /** `http://<host>:<port>`. */
  address: string;
  ports: ConsulPorts;
  /** As printed by the program, e.g. `1.8.7`. */
  version: string;
  dataDir: string;
}

const CLASH_ATTEMPTS = 5;

async function versionOf(binary: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['version'], { timeout: 20_000 });
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? '0.0.0';
  } catch (cause) {
    throw new DiscoveryError(
      'agent_not_found',
      `cannot run "${binary} version": set NESTFLEET_CONSUL to the consul program or put it on PATH`,
      { cause },
    );
  }
}

/** Whether an agent did not start because one of its ports was taken. */
export const isPortClash = (error: unknown): boolean =>
  error instanceof DiscoveryError && error.message.includes('address already in use');

/** ConsulPlace is where an agent runs, and with whom. */
export interface ConsulPlace {
  host: string;
  ports: ConsulPorts;
  dataDir: string;
  hcl?: readonly string[];
  cluster?: ConsulCluster;
}

/** ALONE is a server that holds a catalog by itself. */
const ALONE: ConsulCluster = { node: 'nestfleet', servers: 1, join: [] };

/** consulFlags are the arguments of one server. @param version as the program prints it */
export function consulFlags(
  version: string,
  { host, ports, dataDir, hcl = [], cluster = ALONE }: ConsulPlace,
): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const settings = [
    'performance { raft_multiplier = 1 }',
    'disable_update_check = true',
    // By default 200, and here all that there is comes from one address.
    'limits { http_max_conns_per_client = 4000 }',
    ...hcl,
  ];
  return [
    'agent',
    '-server',
    `-bootstrap-expect=${cluster.servers}`,
    '-ui',
    `-node=${cluster.node}`,
    ...cluster.join.map((address) => `-retry-join=${address}`),
    '-retry-interval=1s',
    `-data-dir=${dataDir}`,
    `-bind=${host}`,
    `-advertise=${host}`,
    `-client=${host}`,
    `-http-port=${ports.http}`,
    `-dns-port=${ports.dns}`,
    `-server-port=${ports.server}`,
    `-serf-lan-port=${ports.serfLan}`,
    '-serf-wan-port=-1',
    '-grpc-port=-1',
    // Servers open this port by default since 1.14, where two of them on one machine would clash; 1.8 does not know it.
    ...(major > 1 || minor >= 14 ? ['-grpc-tls-port=-1'] : []),
    // The low raft multiplier gives a leader after 1.5 s instead of 5 to 9 s: the default is for small cloud machines.
    ...settings.flatMap((setting) => ['-hcl', setting]),
  ];
}

/**
 * isConsulReady: a leader alone is not enough: a moment later the catalog still lacks the node, and registrations look lost. The node's
 * id is compared because another agent may sit on the same port while ours is about to fail on it.
 */
export async function isConsulReady(address: string, dataDir: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(1_000);
    const answer = await fetch(`${address}/v1/health/service/consul?passing`, { signal });
    const entries = (answer.ok ? await answer.json() : []) as { Node: { ID: string } }[];
    const nodeId = (await readFile(join(dataDir, 'node-id'), 'utf8')).trim();
    return entries.some((entry) => entry.Node.ID === nodeId);
  } catch {
    return false;
  }
}

async function waitUntilReady(
  agent: ConsulProcess,
  {
    address,
    dataDir,
    timeoutMs,
    signal,
  }: { address: string; dataDir: string; timeoutMs: number; signal: AbortSignal | undefined },
): Promise<void> {
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await isConsulReady(address, dataDir))) {
    const late = performance.now() > giveUpAtMs;
    const isCalledOff = signal?.aborted === true;
    if (!late && !isCalledOff && !agent.exited()) {
      await pause(50);
      continue;
    }
    await agent.kill();
    const ended = isCalledOff ? 'was called off' : `ended with code ${agent.child.exitCode}`;
    const what = late ? `was not ready after ${timeoutMs} ms` : ended;
    throw new DiscoveryError('agent_failed', `consul on ${address} ${what}. Its last output:\n${agent.output()}`);
  }
}

/**
 * Runs a real Consul: a server on loopback, with its UI, ready to take registrations when the promise resolves.
 * Rejects with `agent_not_found` or `agent_failed`; nothing is left running then.
 */
export async function startConsulAgent(options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  const binary = options.binary ?? (process.env['NESTFLEET_CONSUL'] || 'consul');
  const host = options.host ?? '127.0.0.1';
  const version = await versionOf(binary);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'nestfleet-consul-')));
  const { hcl, cluster } = options;
  const discard = async (): Promise<void> => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  };
  for (let attempt = 1; ; attempt += 1) {
    const ports = options.ports ?? (await freeConsulPorts());
    const address = `http://${host}:${ports.http}`;
    try {
      const agent = await spawnConsul(
        binary,
        consulFlags(version, { host, ports, dataDir, ...(hcl && { hcl }), ...(cluster && { cluster }) }),
        options.log,
      );
      const { readyTimeoutMs: timeoutMs = 30_000, signal } = options;
      await waitUntilReady(agent, { address, dataDir, timeoutMs, signal });
      agent.child.once('exit', () => void discard().catch(() => undefined));
      const end = (how: 'stop' | 'kill') => async (): Promise<void> => {
        await agent[how]();
        await discard();
      };
      return { ...agent, address, ports, version, dataDir, stop: end('stop'), kill: end('kill') };
    } catch (error) {
      if (isPortClash(error) && attempt < CLASH_ATTEMPTS) {
        // Given ports are tried again too: after a restart a passing outgoing connection may sit on one for a moment.
        await pause(100);
        continue;
      }
      await discard();
      throw error;
    }
  }
}
