const tokenOf = (what: string, name: string | undefined): string =>
  name === undefined ? `nestfleet:${what}` : `nestfleet:${what}:${name}`;

/** Injection token of the Discovery of the DiscoveryModule of that name. */
export const discoveryToken = (name?: string): string => tokenOf('discovery', name);

/** Injection token of the Upstream of a service. */
export const upstreamToken = (service: string, name?: string): string => tokenOf(`upstream:${service}`, name);

/** What every token of a client begins with. */
export const CLIENT_PREFIX = 'nestfleet:client:';

/** Injection token of the DiscoveredClient of a service. */
export const clientToken = (service: string, name?: string): string => tokenOf(`client:${service}`, name);

/** Inside a DiscoveryModule: what it was given, and its name. */
export const OPTIONS = 'nestfleet:discovery-options';
export const NAME = 'nestfleet:discovery-name';
