export { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './testing/consul-agent.ts';
export { freeConsulPorts, type ConsulPorts } from './testing/consul-ports.ts';
