/**
 * Test fixtures for service discovery: a real Consul agent, what it is started with, a scripted API server of Kubernetes, and
 * free ports.
 */
export type { Endpoint, EndpointConditions, EndpointSlice } from './kubernetes/endpoint-slice.ts';
export { type AskedOfApi, type ScriptedApiServer, type SliceDraft, startApiServer } from './testing/api-server.ts';
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
