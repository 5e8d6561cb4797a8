import type { RegistryEntry } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { CHECK_PATH_META, healthCheckFor, type CheckSettings } from './health-check.ts';

/** ServiceDefinition is what a replica registers itself with. */
export interface ServiceDefinition {
  /** Name in the catalog, e.g. `api`. */
  service: string;
  /** The replica's slot, kept over restarts; no two replicas of a service may have the same at one time. */
  slot: string;
  /** Boot time in milliseconds since 1970: distinguishes this run from earlier ones of the same slot. */
  epoch: number;
  version: string;
  /** What people call this replica, e.g. `api-1`. */
  instanceName: string;
  /** Where others reach it: host name or IP address without brackets. */
  address: string;
  /** HTTP port, which is checked: see `check`. Null where there is none: it then sends heartbeats. */
  port: number | null;
  /** Further ports, each written to the entry's meta where it exists. */
  ports: { rpc: number | null; control: number | null; metrics: number | null };
  tags?: readonly string[];
  /** More meta; the keys of this library win. */
  meta?: Readonly<Record<string, string>>;
  /**
   * Share of traffic in relation to the others.
   *
   * @default 1
   */
  weight?: number;
  /** Path and times of the HTTP check. */
  check?: CheckSettings;
}

/** The whole number of a port, or a DiscoveryError `invalid_settings`. */
function checkedPort(name: string, port: number): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new DiscoveryError(
    'invalid_settings',
    `${name} is ${port}, expected the port that was really bound (1 to 65535)`,
  );
}

/** The settings as they are, or a DiscoveryError `invalid_settings`. */
function checkedSettings(settings: CheckSettings = {}): CheckSettings {
  for (const [name, value] of Object.entries(settings)) {
    const isFit =
      name === 'path' ? /^\/(?!\/)[^\s#]*$/.test(String(value)) : Number.isInteger(value) && Number(value) > 0;
    if (!isFit) {
      const expected = name === 'path' ? 'a path that begins with "/"' : 'whole milliseconds';
      throw new DiscoveryError('invalid_settings', `check.${name} is ${value}, expected ${expected}`);
    }
  }
  return settings;
}

/** Throws DiscoveryError `invalid_settings` where the definition cannot make a good entry. */
export function entryOf(definition: ServiceDefinition): RegistryEntry {
  const { service, slot, epoch, address, port, ports } = definition;
  for (const [name, value] of Object.entries({ service, slot, address })) {
    if (!/^[^\s/?#]+$/.test(value)) {
      throw new DiscoveryError(
        'invalid_settings',
        `${name} is "${value}", expected text without spaces, "/", "?" or "#"`,
      );
    }
  }
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new DiscoveryError('invalid_settings', `epoch is ${epoch}, expected milliseconds since 1970`);
  }
  const portMeta: Record<string, string> = {};
  for (const [name, value] of Object.entries(ports)) {
    if (value !== null) portMeta[`${name}_port`] = String(checkedPort(`ports.${name}`, value));
  }
  return {
    id: `${service}-${slot}-${epoch}`,
    service,
    slot,
    epoch,
    address,
    port: port === null ? 0 : checkedPort('port', port),
    tags: definition.tags ?? [],
    meta: {
      ...definition.meta,
      ...(definition.check?.path === undefined ? {} : { [CHECK_PATH_META]: definition.check.path }),
      version: definition.version,
      epoch: String(epoch),
      instance_name: definition.instanceName,
      ...portMeta,
    },
    weight: definition.weight ?? 1,
    check: healthCheckFor(address, port, checkedSettings(definition.check)),
  };
}
