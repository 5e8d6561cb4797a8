import { networkInterfaces } from 'node:os';
import type { BaseConfig } from './config/base-config.ts';

/** Identity names this process to people and to the catalog. */
export interface Identity {
  readonly service: string;
  /** Which replica, stable over restarts. */
  readonly slot: string;
  /** Boot time, milliseconds since 1970. */
  readonly epoch: number;
  /**
   * Id of this process: `<service>-<slot>-<epoch>`, its id in Consul; with DISCOVERY=kubernetes the name of the pod, its id in the slices; with
   * dns and fixed, where nobody lists it by an id, INSTANCE_NAME where that is set.
   */
  readonly instanceId: string;
  /** INSTANCE_NAME: shown as `served_by`. */
  readonly name: string;
  readonly hostname: string;
  readonly version: string;
  readonly pid: number;
  /** Address that others reach this process at. */
  readonly address: string;
  readonly host: string;
}

export interface Machine {
  readonly hostname: string;
  readonly pid: number;
  readonly nowMs: number;
  /** First outer IPv4 address, if any. */
  readonly outerAddress?: string;
}

/**
 * ordinalOf is the number at the end of a host name, such as that of a StatefulSet's pod `api-3`. The five random characters at the
 * end of a Deployment's pod are sometimes digits alone: `api-7f9c-52498` has no ordinal.
 */
const ordinalOf = (hostname: string): string | undefined => /-(\d{1,4})$/.exec(hostname)?.[1];

/**
 * catalogNameOf is the id of a replica that a platform lists and that does not register itself: its own name there. In Kubernetes that of the
 * pod, whichever catalog the replica reads itself.
 */
const catalogNameOf = ({ DISCOVERY, INSTANCE_NAME }: BaseConfig, name: string): string | undefined =>
  DISCOVERY === 'kubernetes' ? name : DISCOVERY === 'consul' ? undefined : INSTANCE_NAME;

/** identify is pure: the same machine and config give the same identity. */
export function identify(service: string, version: string, config: BaseConfig, machine: Machine): Identity {
  const host = config.HOST ?? (config.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1');
  const bound = host !== '0.0.0.0' && host !== '::';
  // A free port (0) is not stable, so the pid stands for it: two such processes on one host must not share a slot.
  const place = config.PORT === 0 ? `p${machine.pid}` : String(config.PORT);
  const slot =
    config.SLOT ?? ordinalOf(machine.hostname) ?? `${machine.hostname.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${place}`;
  const name = config.INSTANCE_NAME ?? machine.hostname;
  return {
    service,
    slot,
    epoch: machine.nowMs,
    instanceId: catalogNameOf(config, name) ?? `${service}-${slot}-${machine.nowMs}`,
    name,
    hostname: machine.hostname,
    version,
    pid: machine.pid,
    address: config.ADVERTISE_ADDR ?? (bound ? host : (machine.outerAddress ?? '127.0.0.1')),
    host,
  };
}

/** firstOuterAddress is the first IPv4 address of this machine that is not loopback. */
export function firstOuterAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces()))
    for (const address of addresses ?? []) if (address.family === 'IPv4' && !address.internal) return address.address;
  return undefined;
}
