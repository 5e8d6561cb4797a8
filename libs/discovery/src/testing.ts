/** Test fixtures for service discovery: a real Consul agent and free ports. */
export { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './testing/consul-agent.ts';
export { freePorts } from './testing/free-ports.ts';
