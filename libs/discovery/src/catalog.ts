import type { DiscoveryError } from './errors.ts';
import type { Instance } from './instance.ts';

/** Always the complete set. With `error`, `instances` is the last good answer, as old as `asOfMs` says. */
export interface Snapshot {
  /** Unfiltered (critical ones and those in maintenance too), sorted by id. Never changed after it was handed out. */
  readonly instances: readonly Instance[];
  /** Time of the last good answer, milliseconds since 1970; 0 before the first. */
  readonly asOfMs: number;
  readonly error?: DiscoveryError;
  /** The catalog has not answered this process yet: a former one wrote these down, and each has said that it is itself. */
  readonly cached?: true;
}

/**
 * Where the instances of a service are known. `watch` yields at once (as soon as the first answer or fault is there),
 * then on every change, until the signal aborts; it then ends quietly. It may yield an unchanged set with a younger
 * `asOfMs`, and a slow reader gets only the latest set. A service that nobody knows is an empty set, not an error.
 * It never throws: faults arrive inside a Snapshot, once when they begin, and the next good answer has no error.
 */
export interface Catalog {
  watch(service: string, signal: AbortSignal): AsyncIterable<Snapshot>;
}

/** How the registry finds out that a replica is well. All times in milliseconds. */
export type HealthCheck =
  | { kind: 'http'; url: string; intervalMs: number; timeoutMs: number; deregisterAfterMs: number }
  | { kind: 'ttl'; ttlMs: number; beatMs: number; deregisterAfterMs: number };

/** What a replica writes about itself. */
export interface RegistryEntry extends Omit<Instance, 'health'> {
  readonly slot: string;
  readonly check: HealthCheck;
}

/** What a look over the entries of one slot came to. */
export interface Sweep {
  /** Ids of the entries that were removed, one for each entry. */
  readonly removed: readonly string[];
  /** Whether the slot has one entry, our own. If not it is worth another look soon. */
  readonly settled: boolean;
}

/**
 * Where a replica writes its own entry. Every method may be repeated without harm and rejects with a DiscoveryError
 * (`catalog_unavailable`, `catalog_refused`) within about two seconds; none waits for a registry to return.
 */
export interface Registrar {
  /** The entries of a service that this registry's agent owns, with their health. */
  list(service: string): Promise<readonly Instance[]>;
  /** One entry of the agent's own; undefined when the agent does not know it, or not how to check it. */
  find(id: string): Promise<Instance | undefined>;
  /** Writes the entry and its check. `health` is the check's state until its first run. */
  register(entry: RegistryEntry, health: 'passing' | 'critical'): Promise<void>;
  /** An unknown id is no error. */
  deregister(id: string): Promise<void>;
  maintenance(id: string, on: boolean): Promise<void>;
  /** Keeps a `ttl` check passing. Rejects when the registry does not know the entry. */
  beat(id: string): Promise<void>;
  /**
   * Removes from the whole catalog what is listed in the entry's slot and is not true any more: copies of the entry with
   * other agents, and others for which `isOrphan` resolves to true. Never the entry itself.
   */
  sweep(entry: RegistryEntry, isOrphan: (candidate: Instance) => Promise<boolean>): Promise<Sweep>;
}
