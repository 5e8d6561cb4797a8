export { clientToken, InjectClient, InjectDiscovery, InjectUpstream, upstreamToken } from './nest/decorators.ts';
export { type ClientOptions, DiscoveredClient, type SendOptions } from './nest/discovered-client.ts';
export { DiscoveryHealthIndicator } from './nest/discovery.health-indicator.ts';
export { DISCOVERY, type DiscoveryModuleOptions } from './nest/discovery.module-definition.ts';
export { DiscoveryModule } from './nest/discovery.module.ts';
