export { clientToken, InjectClient, InjectDiscovery, InjectUpstream, upstreamToken } from './nest/decorators.ts';
export { DiscoveredClient, type SendOptions } from './nest/discovered-client.ts';
export { DiscoveryHealthIndicator } from './nest/discovery.health-indicator.ts';
export { DISCOVERY } from './nest/discovery.module-definition.ts';
export { DiscoveryModule } from './nest/discovery.module.ts';
