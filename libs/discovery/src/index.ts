export type { Random } from './back-off.ts';
export {
  BALANCER_NAMES,
  type Balancer,
  type BalancerName,
  type Candidate,
  type Choice,
} from './lb/balancers/balancer.ts';
export { balancerNamed } from './lb/balancers/choose.ts';
export { openCatalogHub, type CatalogHub } from './catalog-hub.ts';
export type { Catalog, HealthCheck, Registrar, RegistryEntry, Snapshot } from './catalog.ts';
export { parseConsulAddresses } from './consul/addresses.ts';
export { consulCatalog, type ConsulCatalogOptions } from './consul/catalog.ts';
export { createConsulClient, type ConsulClient, type ConsulClientOptions } from './consul/client.ts';
export { consulRegistrar } from './consul/registrar.ts';
export { discoveryOptions, type DiscoverySettings } from './discovery-source.ts';
export {
  openDiscovery,
  type ConsulSource,
  type Discovery,
  type DiscoveryOptions,
  type DiscoverySource,
  type DnsSource,
} from './discovery.ts';
export { DISCOVERY_ERRORS, DiscoveryError, type AttemptFailure, type DiscoveryErrorCode } from './errors.ts';
export { dnsCatalog, type DnsCatalogOptions } from './dns/catalog.ts';
export { parseNamePattern, type NamePattern } from './dns/name-pattern.ts';
export { dnsResolver, type Resolve } from './dns/resolver.ts';
export { fixedCatalog, type FixedCatalog, type FixedInstance } from './fixed/catalog.ts';
export { fixedRegistrar } from './fixed/registrar.ts';
export { hostOf, originOf, portFromMeta, type Health, type Instance } from './instance.ts';
export { silentLog, type Log } from './log.ts';
export { registrationSettings, type EntrySettings } from './registration/registration-settings.ts';
export { registrationOf, type LateRegistration, type Registrant } from './registration/registration-of.ts';
export type { Registration } from './registration/registration.ts';
export type { ServiceDefinition } from './registration/service-definition.ts';
export { catalogTags, traefikTags } from './registration/traefik-tags.ts';
export { retryAfterMs, type Attempt, type CallOptions } from './lb/call.ts';
export type { EjectionReason } from './lb/ejection.ts';
export type { Outcome } from './outcome.ts';
export type { MemberState, Pick, PickOptions } from './lb/pick.ts';
export type { RetryBudget } from './lb/retry-budget.ts';
export type { Upstream } from './lb/upstream.ts';
export type {
  EjectedEvent,
  RetryEvent,
  UnejectedEvent,
  UnejectionReason,
  UpstreamObserver,
} from './lb/upstream-observer.ts';
export { upstreamViews, type UpstreamView } from './lb/view.ts';
export type { Upstreams } from './lb/upstreams.ts';
