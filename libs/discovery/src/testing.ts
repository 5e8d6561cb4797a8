/** Test fixtures for service discovery: a real Consul agent, free ports, and waiting for a condition with a bound. */
export { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './testing/consul-agent.ts';
export { freePorts } from './testing/free-ports.ts';
export { until } from './testing/until.ts';
