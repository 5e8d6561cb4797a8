/**
 * Service discovery as a Nest module: upstreams and clients by injection. A client is a message sender over Nest's TCP
 * transport that balances over the instances of a service.
 */
export { clientToken, InjectClient, InjectDiscovery, InjectUpstream, upstreamToken } from './nest/decorators.ts';
export { type ClientOptions, DiscoveredClient, type SendOptions } from './nest/discovered-client.ts';
export { DiscoveryHealthIndicator } from './nest/discovery.health-indicator.ts';
export { DISCOVERY, type DiscoveryModuleOptions } from './nest/discovery.module-definition.ts';
export { DiscoveryModule } from './nest/discovery.module.ts';
