import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './consul-agent.ts';
import { freeConsulPorts, type ConsulPorts } from './consul-ports.ts';

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

/** Runs several real Consul servers on loopback that hold one catalog together. */
export async function startConsulServers(
  servers: number,
  options: Pick<ConsulAgentOptions, 'binary' | 'hcl' | 'log'> = {},
): Promise<ConsulServers> {
  const root = await mkdtemp(join(tmpdir(), 'nestfleet-consul-servers-'));
  // One after the other: ports that are asked for at once may be the same.
  const ports: ConsulPorts[] = [];
  for (let index = 0; index < servers; index += 1) ports.push(await freeConsulPorts());
  const peers = ports.map(({ serfLan }) => `127.0.0.1:${serfLan}`);
  const start = async (index: number): Promise<ConsulAgent> => {
    const own = ports[index];
    if (own === undefined) throw new RangeError(`there is no server ${index}`);
    const dataDir = join(root, `server-${index}`);
    return startConsulAgent({
      ...options,
      dataDir,
      ports: own,
      cluster: { node: `server-${index}`, servers, join: peers },
    });
  };
  const discard = (): Promise<void> => rm(root, { recursive: true, force: true, maxRetries: 3 });
  const started = await Promise.allSettled(ports.map((_, index) => start(index)));
  const agents = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.kill()));
    await discard();
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
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
