/**
 * Service discovery as a Nest module: upstreams and clients by injection, and this application's own entry. A client is a message
 * sender over Nest's TCP transport that balances over the instances of a service.
 */
export { InjectClient, InjectDiscovery, InjectUpstream } from './nest/decorators.ts';
export { type ClientOptions, DiscoveredClient, type SendOptions } from './nest/discovered-client.ts';
export { type DiscoveryHealth, DiscoveryHealthIndicator } from './nest/discovery.health-indicator.ts';
export type {
  DiscoveryModuleExtras,
  DiscoveryModuleOptions,
  DiscoveryOpening,
  RegistrationSettings,
} from './nest/discovery.module-options.ts';
export { DiscoveryModule, DiscoveryModuleBase } from './nest/discovery.module.ts';
export { clientToken, discoveryToken, upstreamToken } from './nest/tokens.ts';
