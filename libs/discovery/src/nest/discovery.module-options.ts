import type { Discovery, DiscoveryOptions, DiscoverySource } from '../discovery.ts';
import type { ServiceDefinition } from '../registration/service-definition.ts';

/**
 * RegistrationSettings are what the entry of this application in the catalog says. What is left out is known once it listens:
 * `slot` is `<host name>-<port>`, `instanceName` the service with its slot, `version` 0.0.0, `port` the one that it listens on, `address`
 * the first of this machine that is not loopback.
 */
export interface RegistrationSettings
  extends
    Pick<ServiceDefinition, 'service' | 'tags' | 'meta' | 'weight' | 'check'>,
    Partial<Pick<ServiceDefinition, 'slot' | 'version' | 'instanceName' | 'address' | 'port'>> {
  /** Those of Nest's microservices, for who sends messages here. @default none */
  readonly ports?: Partial<ServiceDefinition['ports']>;
  /**
   * How long requests are still served at a signal after the catalog was told that nobody should send any, milliseconds. With
   * ShutdownModule its own drain delay counts.
   * @default 1000
   */
  readonly drainDelayMs?: number;
}

/** DiscoveryOpening is how the module opens a discovery. */
export interface DiscoveryOpening extends DiscoveryOptions {
  readonly source: DiscoverySource;
}

/**
 * DiscoveryModuleOptions are how to open a discovery, which the module closes. A `discovery` that is open already stays its opener's to
 * close.
 */
export type DiscoveryModuleOptions = (DiscoveryOpening | { readonly discovery: Discovery }) & {
  /** @default this application is in no catalog */
  readonly registration?: RegistrationSettings;
};

/** DiscoveryModuleExtras stand beside the options, and beside `useFactory` too. */
export interface DiscoveryModuleExtras {
  /** For a second DiscoveryModule in one application, e.g. over another Consul: its name. */
  readonly name?: string;
  /**
   * Whether errors of this lib are answered with their status, code and `Retry-After`. Switch it off where the application has a
   * catch-all filter as `APP_FILTER`, which would not see them.
   * @default true
   */
  readonly errorFilter?: boolean;
}
