import { DiscoveryError } from '../errors.ts';
import { noSearchList, searchedNames, type SearchList } from './search-list.ts';

/** NamePattern is where DNS lists the instances of a service: under a name with SRV records, or with addresses and a port for all. */
export interface NamePattern {
  /** Those that are asked for until one has records. */
  namesOf(service: string): readonly string[];
  /** Undefined where SRV records say it. */
  portOf(service: string): number | undefined;
}

export interface NamePatternOptions {
  /** Ports of single services, in place of that of the pattern. @default none */
  readonly ports?: Readonly<Record<string, number>> | undefined;
  /** @default noSearchList */
  readonly searchList?: SearchList;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

/**
 * `{service}.service.consul`, `_http._tcp.{service}.test`: SRV records. `{service}:3000`: A and AAAA records, all with this
 * port. Throws DiscoveryError `invalid_settings`.
 */
export function parseNamePattern(
  text: string,
  { ports = {}, searchList = noSearchList }: NamePatternOptions = {},
): NamePattern {
  const [, name, digits] = /^([A-Za-z0-9._{}-]+?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  const plain = name?.replace('{service}', '');
  if (name === undefined || plain === name || /[{}]/.test(plain ?? '') || !isPort(port ?? 1)) {
    throw new DiscoveryError(
      'invalid_settings',
      `DNS name "${text}" is not like {service}.service.consul (SRV records) or {service}:3000 (addresses)`,
    );
  }
  for (const [service, each] of Object.entries(ports)) {
    if (!isPort(each)) throw new DiscoveryError('invalid_settings', `the port of ${service} in DNS is ${each}`);
  }
  return {
    namesOf: (service) => searchedNames(name.replace('{service}', service), searchList),
    portOf: (service) => (Object.hasOwn(ports, service) ? ports[service] : port),
  };
}
