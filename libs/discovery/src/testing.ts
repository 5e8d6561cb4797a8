export { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './testing/consul-agent.ts';
export { freePorts } from './testing/free-ports.ts';
export { until } from './testing/until.ts';
