import { DiscoveryError } from '../errors.ts';

/** NamePattern is where DNS lists the instances of a service: under a name with SRV records, or with addresses and a port for all. */
export interface NamePattern {
  nameOf(service: string): string;
  /** Undefined where SRV records say it. */
  readonly port: number | undefined;
}

/**
 * `{service}.service.consul`: SRV records. `{service}:3000`: A and AAAA records, all with this port. Throws DiscoveryError
 * `invalid_settings`.
 */
export function parseNamePattern(text: string): NamePattern {
  const [, name, digits] = /^([A-Za-z0-9._{}-]+?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const plain = name?.replace('{service}', '');
  if (name === undefined || plain === name || /[{}]/.test(plain ?? '') || port === 0 || (port ?? 0) > 65_535) {
    throw new DiscoveryError(
      'invalid_settings',
      `DNS name "${text}" is not like {service}.service.consul (SRV records) or {service}:3000 (addresses)`,
    );
  }
  return { nameOf: (service) => name.replace('{service}', service), port };
}
