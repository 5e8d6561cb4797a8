import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isPortClash,
  startConsulAgent,
  type ConsulAgent,
  type ConsulAgentOptions,
} from '../src/testing/consul-agent.ts';
import { type ConsulPorts, freeConsulPorts } from '../src/testing/consul-ports.ts';

/** The ports of all servers are drawn anew when another process took one before its server did. */
const DRAWS_MAX = 3;

export interface ConsulServers {
  /** `http://127.0.0.1:<port>` of each, the same over restarts. */
  addresses: readonly string[];
  /** SIGKILL; its data stays. */
  kill(index: number): Promise<void>;
  /** With the data and ports that it had. Resolves when it is back among the others. */
  restart(index: number): Promise<void>;
  /** Ends all of them and removes their data. */
  stop(): Promise<void>;
}

export interface ConsulServersOptions extends Pick<ConsulAgentOptions, 'binary' | 'hcl' | 'log'> {
  /** Asked for the ports of each server. Default `freeConsulPorts`. */
  drawPorts?: () => Promise<ConsulPorts>;
}

/** Runs several real Consul servers on loopback that hold one catalog together. */
export async function startConsulServers(
  servers: number,
  { drawPorts = freeConsulPorts, ...options }: ConsulServersOptions = {},
): Promise<ConsulServers> {
  for (let draw = 1; ; draw += 1) {
    const ports: ConsulPorts[] = [];
    while (ports.length < servers) ports.push(await drawPorts());
    try {
      return await startOn(ports, options);
    } catch (error) {
      if (draw === DRAWS_MAX || !isPortClash(error)) throw error;
    }
  }
}

async function startOn(ports: readonly ConsulPorts[], options: ConsulAgentOptions): Promise<ConsulServers> {
  const root = await mkdtemp(join(tmpdir(), 'nestfleet-consul-servers-'));
  const peers = ports.map(({ serfLan }) => `127.0.0.1:${serfLan}`);
  const start = async (index: number, signal?: AbortSignal): Promise<ConsulAgent> => {
    const own = ports[index];
    if (own === undefined) throw new RangeError(`there is no server ${index}`);
    return startConsulAgent({
      ...options,
      ...(signal === undefined ? {} : { signal }),
      dataDir: join(root, `server-${index}`),
      ports: own,
      cluster: { node: `server-${index}`, servers: ports.length, join: peers },
    });
  };
  // Without one of them the others would wait for their leader in vain.
  const first = new AbortController();
  const faults: unknown[] = [];
  const started = await Promise.all(
    ports.map((_, index) =>
      start(index, first.signal).catch((fault: unknown) => {
        faults.push(fault);
        first.abort();
      }),
    ),
  );
  const agents = started.filter((agent) => agent !== undefined);
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.kill()));
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  if (faults.length > 0) {
    await stop();
    throw faults[0];
  }
  return {
    addresses: agents.map(({ address }) => address),
    kill: async (index) => agents[index]?.kill(),
    async restart(index) {
      agents[index] = await start(index);
    },
    stop,
  };
}
