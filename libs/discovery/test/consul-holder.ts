import { startConsulAgent } from '../src/testing/consul-agent.ts';

/** A process that starts a Consul, says which process that is, and does not stop it. */
const { pid } = await startConsulAgent({ dataDir: process.argv[2] ?? '' });
process.send?.(pid);
