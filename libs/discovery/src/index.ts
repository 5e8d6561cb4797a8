/**
 * Client-side service discovery: load balancing over the instances of a service registry, with outlier detection and a
 * retry budget. Self-registration: this replica's entry in the registry is reconciled with a desired state.
 */
export { BALANCER_NAMES, type BalancerName } from './lb/balancers/balancer.ts';
export type { Catalog, HealthCheck, Registrar, RegistryEntry, Snapshot, StaleCandidate, Sweep } from './catalog.ts';
export type { ConsulTls } from './consul/agent-send.ts';
export { discoveryOptions, type DiscoverySettings, type EnvironmentSource } from './discovery-source.ts';
export {
  openDiscovery,
  type CachedSource,
  type ConsulSource,
  type Discovery,
  type DiscoveryOptions,
  type DiscoverySource,
  type DnsSource,
  type KubernetesSource,
} from './discovery.ts';
export { DISCOVERY_ERRORS, DiscoveryError, type AttemptFailure, type DiscoveryErrorCode } from './errors.ts';
export type { FixedInstance } from './fixed/catalog.ts';
export { originOf, portFromMeta, type Health, type Instance } from './instance.ts';
export type { Log } from './log.ts';
export { registrationSettings, type EntrySettings } from './registration/registration-settings.ts';
export {
  registrationOf,
  type BoundPorts,
  type DeferredRegistration,
  type Registrant,
  type Registrations,
} from './registration/registration-of.ts';
export type { Registration } from './registration/registration.ts';
export type { CheckSettings } from './registration/health-check.ts';
export type { ServiceDefinition } from './registration/service-definition.ts';
export { type TraefikIngress, type TraefikService, traefikTags } from './registration/traefik-tags.ts';
export { retryAfterMs, type Attempt, type CallOptions } from './lb/call.ts';
export type { EjectionReason, FailureOutcome } from './lb/ejection.ts';
export { outcomeOfStatus } from './lb/outcome-of.ts';
export type { Outcome } from './outcome.ts';
export type { MemberState, ObserveOptions, Pick, PickOptions } from './lb/pick.ts';
export { retryAfterIn } from './lb/retry-after.ts';
export type { RetryBudget } from './lb/retry-budget.ts';
export type { SlowStart } from './lb/traffic-share.ts';
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
