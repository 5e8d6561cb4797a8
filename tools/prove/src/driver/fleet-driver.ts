import type { ServiceName } from '@nestfleet/contracts';
import type { Engine } from './fleet-options.ts';
import type { Stall } from './stall-injector.ts';

export type ServerName = 'redis' | 'consul';

/** One replica of a running fleet, a process or a container, as it was when it was asked for. */
export interface Replica {
  /** Which one it is for the driver; the one that is started in its place has it too. */
  readonly id: string;
  readonly service: ServiceName;
  /** What it writes into `x-served-by`. */
  readonly servedBy: string;
  /** Its id in the catalog: of this run of it, but on Kubernetes, where a pod keeps its name. */
  readonly instanceId: string;
  /** When this run of it began, milliseconds since 1970, where the id does not tell it from the one before. */
  readonly startedMs?: number;
}

/** What the catalog says of one replica. */
export interface CatalogEntry {
  readonly instanceId: string;
  readonly health: 'passing' | 'critical' | 'maintenance';
}

/** A line that a replica has logged with an `event`. */
export interface LogEvent {
  /** `x-served-by` of the one that logged it. */
  readonly by: string;
  readonly event: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly outcome: 'connected' | 'refused' | 'unresolved' | 'silent';
}

/** The fleet seen from the network on which only its edge proxy is. */
export interface EdgeNetwork {
  /** Names of the containers on it. */
  members(): Promise<readonly string[]>;
  /** Name of the edge proxy's container, where it answers there, and its ports that may answer. */
  proxy(): Promise<{ readonly name: string; readonly host: string; readonly ports: readonly number[] }>;
  /** Addresses that must not answer: each inner server, each replica by name and by address, the edge proxy's other ports. */
  inner(): Promise<readonly { readonly host: string; readonly port: number }[]>;
  /** Tries to connect to each from a container that is only on the edge. */
  reach(targets: readonly { readonly host: string; readonly port: number }[]): Promise<readonly Reach[]>;
}

/** Redis and Consul: what they keep stays, unless they are wiped. */
export interface Servers {
  stop(name: ServerName): Promise<void>;
  kill(name: ServerName): Promise<void>;
  /** Returns when it answers. */
  start(name: ServerName): Promise<void>;
  /** Alive, and silent to everybody. */
  pause(name: ServerName): Promise<void>;
  resume(name: ServerName): Promise<void>;
  /** Removes what a stopped one has kept. */
  wipe(name: ServerName): Promise<void>;
  /** Redis can write no snapshot from now on, as on a full disk. Processes only. @returns what makes it able to again */
  failSnapshots(): Promise<() => Promise<void>>;
  /** Redis ends, and what it wrote in its last `unsyncedMs` is not on the disk. Processes only. @returns the bytes of it */
  losePower(unsyncedMs: number): Promise<number>;
}

/** Ability is something that not every fleet offers to a proof: signals to its processes, nodes to drain, a catalog to cut off. */
export type Ability = 'signals' | 'drain' | 'catalog-cut';

/** lacksCluster is what processes and containers lack: they may be signalled always, and belong to no cluster. */
export const lacksCluster = async (ability: Ability): Promise<string | undefined> =>
  ability === 'signals' ? undefined : 'it is in no cluster';

/** ClusterFaults are faults that a cluster has and other fleets have not. */
export interface ClusterFaults {
  /** Cordons a node and evicts our pods, as for its maintenance. @returns its name, and how many were evicted */
  drain(): Promise<{ readonly node: string; readonly evicted: number }>;
  /** Lets the drained node take pods again. */
  uncordon(): Promise<void>;
  /** Takes the API server away from those that watch it. @returns what brings it back, and whether anybody reaches it meanwhile */
  cutApiServer(): Promise<{ readonly restore: () => Promise<void>; readonly how: string; readonly isForAll: boolean }>;
}

/** What proofs need of a fleet beyond its edge proxy: one interface over processes, containers and pods. */
export interface FleetDriver {
  readonly engine: Engine;
  /** Whoever runs it starts what was killed again, at once and in the same place; else `heal` does. */
  readonly restartsByItself: boolean;
  /** The edge sends a safe request again to another replica; the retries of a Gateway are experimental, so there it need not. */
  readonly edgeRetries: boolean;
  /** Why this fleet cannot show what needs that; undefined where it can. */
  lacks(ability: Ability): Promise<string | undefined>;
  /** An address of this machine that no part of the fleet trusts, where clients can choose theirs. */
  readonly strangerAddress: string | undefined;
  /** Those that take requests, or would if they were not paused. */
  ready(service: ServiceName): Promise<readonly Replica[]>;
  /** Returns when that many are ready and the others have ended. */
  scale(service: ServiceName, count: number): Promise<void>;
  /** As a deployment does: a graceful shutdown of the replica. Returns when it has ended. */
  stop(replica: Replica): Promise<void>;
  /** At once and without a shutdown, as a machine that loses its power. */
  kill(replica: Replica): Promise<void>;
  /** A rolling restart: each replica is replaced by a new one that is ready before the old one shuts down. */
  roll(service: ServiceName): Promise<void>;
  /** The balancer reads its files again. Rejects where that cannot be done in place. */
  reloadEdge(): Promise<void>;
  /** After stop or kill: returns when another run of it is ready, or what was started in its place. */
  heal(replica: Replica): Promise<Replica>;
  /** Its connections stay and nothing answers, as on a machine that swaps. */
  pause(replica: Replica): Promise<void>;
  resume(replica: Replica): Promise<void>;
  /** Lets it run for one part in `factor` of the time, until the stall is released or `limitMs` has passed. */
  slow(replica: Replica, options: { readonly factor: number; readonly limitMs: number }): Promise<Stall>;
  /** Where this replica itself answers, past every balancer; undefined where it cannot be reached from here. */
  origin(replica: Replica): string | undefined;
  /** One request to this replica itself, past every balancer. */
  ask(replica: Replica, path: string): Promise<{ readonly status: number; readonly text: string }>;
  readonly servers: Servers;
  /** One command to the fleet's Redis, as its administrator would give it. */
  redis(...words: readonly string[]): Promise<unknown>;
  /** All entries of a service in the catalog, whatever their health. Rejects while the catalog is unreachable. */
  entries(service: ServiceName): Promise<readonly CatalogEntry[]>;
  /** What the replicas of a service have logged with an `event` since a time in milliseconds since 1970. */
  events(service: ServiceName, sinceMs: number): Promise<readonly LogEvent[]>;
  /** Everything that the fleet has logged, by the name of who did. */
  logs(): Promise<ReadonlyMap<string, string>>;
  /** Ends every fault that still lasts: what is paused or slow runs, what was stopped by `servers` is started. */
  undo(): Promise<void>;
  /** Undefined but on Kubernetes. */
  readonly cluster?: ClusterFaults;
  /** Undefined where there are no networks to tell apart. */
  readonly edgeNetwork: EdgeNetwork | undefined;
  dispose(): Promise<void>;
}

export interface StartedFleet {
  readonly url: string;
  readonly driver: FleetDriver;
  /** Authority of the edge proxy's certificate, PEM. */
  readonly ca?: string;
}
