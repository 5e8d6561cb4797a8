import { wholeNumberIn } from './whole-number.ts';

/**
 * - `passing`: every check passes; the only state that is sent traffic.
 * - `critical`: at least one check does not pass; a warning counts, since the replica itself then reports a fault.
 * - `maintenance`: the replica drains; it may still answer what it has.
 */
export type Health = 'passing' | 'critical' | 'maintenance';

/** Instance is one running replica of a service, as the catalog lists it. */
export interface Instance {
  /** `<service>-<slot>-<epoch>` where this library registered it. */
  readonly id: string;
  readonly service: string;
  /** Host name or IP address without brackets. */
  readonly address: string;
  /** HTTP port; 0 where the replica has none. */
  readonly port: number;
  readonly health: Health;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  /**
   * Share of traffic in relation to the others.
   *
   * @default 1
   */
  readonly weight: number;
  /** Boot time in milliseconds since 1970; 0 where the entry does not say. */
  readonly epoch: number;
}

/** instanceAt is an instance of which only the address and port are known, and what else is given. */
export function instanceAt(service: string, known: Pick<Instance, 'address' | 'port'> & Partial<Instance>): Instance {
  const id = `${service}-${known.address}:${known.port}`;
  return { id, health: 'passing', tags: [], meta: {}, weight: 1, epoch: 0, ...known, service };
}

/** An address as it stands in a URL: IPv6 in brackets. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** `http://<address>:<port>`, the base for `new URL(path, …)`. */
export function originOf(instance: Pick<Instance, 'address' | 'port'>): string {
  return `http://${hostOf(instance.address)}:${instance.port}`;
}

/** A port from the entry's meta, undefined where it is missing or no port number. */
export function portFromMeta(
  instance: Pick<Instance, 'meta'>,
  name: 'rpc_port' | 'control_port' | 'metrics_port',
): number | undefined {
  const port = wholeNumberIn(instance.meta[name]);
  return port !== undefined && port > 0 && port < 65_536 ? port : undefined;
}
