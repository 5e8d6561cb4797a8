/** Test fixtures for service discovery: a real Consul agent, what it is started with, and free ports. */
export {
  consulFlags,
  isConsulReady,
  startConsulAgent,
  type ConsulAgent,
  type ConsulAgentOptions,
  type ConsulCluster,
  type ConsulPlace,
} from './testing/consul-agent.ts';
export { freeConsulPorts, type ConsulPorts } from './testing/consul-ports.ts';
export type { ConsulProcess } from './testing/consul-process.ts';
export { freePorts } from './testing/free-ports.ts';
export { netNamespaceObstacle, openNetNamespace, type NetNamespace } from './testing/net-namespace.ts';
