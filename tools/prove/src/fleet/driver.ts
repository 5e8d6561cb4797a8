/** One replica of a running fleet, a process or a container. */
export interface Replica {
  /** Which one it is for the driver. */
  readonly id: string;
  /** What it writes into `x-served-by`. */
  readonly servedBy: string;
}

export interface Reach {
  readonly host: string;
  readonly port: number;
  readonly outcome: 'connected' | 'refused' | 'unresolved' | 'silent';
}

/** The fleet seen from the network on which only its door is. */
export interface Edge {
  /** Names of the containers on it. */
  members(): Promise<readonly string[]>;
  /** Name of the door's container, where it answers there, and its ports that may answer. */
  door(): Promise<{ readonly name: string; readonly host: string; readonly ports: readonly number[] }>;
  /** Addresses that must not answer: each inner server, each replica by name and by address, the door's other ports. */
  inner(): Promise<readonly { readonly host: string; readonly port: number }[]>;
  /** Tries to connect to each from a container that is only on the edge. */
  reach(targets: readonly { readonly host: string; readonly port: number }[]): Promise<readonly Reach[]>;
}

/** What rows need of a fleet beyond its front door. */
export interface FleetDriver {
  readonly engine: 'local' | 'docker';
  /** An address of this machine that no part of the fleet trusts, where clients can choose theirs. */
  readonly strangerAddress: string | undefined;
  /** Those that take requests. */
  ready(service: 'api' | 'frontend-gateway' | 'worker'): Promise<readonly Replica[]>;
  /** Returns when that many are ready and the others have left. */
  scale(service: 'api', count: number): Promise<void>;
  /** At once and without a word, as a machine that loses its power. */
  kill(replica: Replica): Promise<void>;
  /** Brings the fleet back to as many ready ones as there were. */
  heal(replica: Replica): Promise<void>;
  /** Undefined where there are no networks to tell apart. */
  readonly edge: Edge | undefined;
  dispose(): Promise<void>;
}
