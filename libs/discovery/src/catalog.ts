import type { DiscoveryError } from './errors.ts';
import type { Instance } from './instance.ts';

/** Snapshot is always the complete set. With `error`, `instances` is the last good answer, as old as `asOfMs` says. */
export interface Snapshot {
  /** Unfiltered (critical ones and those in maintenance too), sorted by id. Never changed after it was handed out. */
  readonly instances: readonly Instance[];
  /** Time of the last good answer, milliseconds since 1970; 0 before the first. */
  readonly asOfMs: number;
  readonly error?: DiscoveryError;
  /** The catalog has not answered this process yet: these are of the last-known-good cache, and each has confirmed itself. */
  readonly cached?: true;
}

/**
 * Catalog is the discovery side of a service registry. `watch` yields at once (as soon as the first answer or fault is there),
 * then on every change, until the signal aborts; it then ends without an error. It may yield an unchanged set with a younger
 * `asOfMs`, and a slow reader gets only the latest set. An unknown service is an empty set, not an error.
 * It never throws: faults arrive inside a Snapshot, once when they begin, and the next good answer has no error.
 */
export interface Catalog {
  watch(service: string, signal: AbortSignal): AsyncIterable<Snapshot>;
}

/** HealthCheck is how the registry checks a replica. All times in milliseconds. */
export type HealthCheck =
  | { kind: 'http'; url: string; intervalMs: number; timeoutMs: number; deregisterAfterMs: number }
  | { kind: 'ttl'; ttlMs: number; heartbeatMs: number; deregisterAfterMs: number };

/** RegistryEntry is what a replica registers itself with. */
export interface RegistryEntry extends Omit<Instance, 'health'> {
  readonly slot: string;
  readonly check: HealthCheck;
}

/** Sweep is the result of removing the stale entries of one slot. */
export interface Sweep {
  /** Ids of the entries that were removed, one for each entry. */
  readonly removed: readonly string[];
  /** Whether the slot has one entry, our own. If not it is worth another sweep soon. */
  readonly settled: boolean;
  /** Why an entry that should go could not be removed; the others were. */
  readonly error?: unknown;
}

/** StaleCandidate is an entry that may be stale: of our slot, or at our address and port. */
export interface StaleCandidate extends Instance {
  /** It is listed under the node of our own agent. */
  readonly isOnOurNode: boolean;
  /** It is, and our agent does not know it: nobody checks it any more. */
  readonly isUnknown: boolean;
}

/**
 * Registrar is the registration side of a service registry: where a replica writes its own entry. Every method may be repeated without harm and rejects with a DiscoveryError
 * (`catalog_unavailable`, `catalog_refused`) within about two seconds; none waits for a registry to return.
 */
export interface Registrar {
  /** The entries of a service that this registry's agent owns, with their health. */
  list(service: string): Promise<readonly Instance[]>;
  /** One entry of the agent's own; undefined when the agent does not have it, or has no check for it. */
  find(id: string): Promise<Instance | undefined>;
  /** Writes the entry and its check. `health` is the check's state until its first run. */
  register(entry: RegistryEntry, health: 'passing' | 'critical'): Promise<void>;
  /** An unknown id is no error. */
  deregister(id: string): Promise<void>;
  maintenance(id: string, on: boolean): Promise<void>;
  /** Keeps a `ttl` check passing. Rejects when the registry does not have the entry. */
  heartbeat(id: string): Promise<void>;
  /**
   * Removes from the whole catalog the stale entries of the entry's slot, and of its address and port: copies of the
   * entry with other agents, and others for which `isOrphan` resolves to true. Never the entry itself.
   */
  sweep(entry: RegistryEntry, isOrphan: (candidate: StaleCandidate) => Promise<boolean>): Promise<Sweep>;
}
