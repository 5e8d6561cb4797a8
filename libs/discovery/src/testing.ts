export {
  benchInstance,
  catalogConformance,
  type BenchInstance,
  type CatalogBench,
  type ConformanceCase,
} from './testing/catalog-conformance.ts';
export { startConsulAgent, type ConsulAgent, type ConsulAgentOptions } from './testing/consul-agent.ts';
export { startConsulServers, type ConsulServers } from './testing/consul-servers.ts';
export { freeConsulPorts, type ConsulPorts } from './testing/consul-ports.ts';
export { freePorts } from './testing/free-ports.ts';
export { until } from './testing/until.ts';
