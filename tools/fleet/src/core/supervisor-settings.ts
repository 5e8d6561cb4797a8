export const LOCAL_EDGE_PROXIES = ['gateway', 'haproxy-consul'] as const;
/** LocalEdgeProxy is an edge proxy that needs no containers. */
export type LocalEdgeProxy = (typeof LOCAL_EDGE_PROXIES)[number];

/** What a supervisor prints that ends because another one has its folder. */
export const IS_LOCKED = 'another supervisor has this folder';

/**
 * SupervisorSettings are what a supervisor is started with: its only argument, as JSON. The command that starts it has looked
 * everything up.
 */
export interface SupervisorSettings {
  readonly dir: string;
  /** Folder that holds `<app>/main.js`. */
  readonly appsDir: string;
  readonly namespace: string;
  /** Null where the fleet uses a Redis that somebody else runs. */
  readonly redis: { readonly path: string; readonly version: string } | null;
  /** Null likewise. */
  readonly consul: { readonly path: string; readonly version: string } | null;
  /** The fleet's edge proxy. */
  readonly balancer: LocalEdgeProxy;
  /** All edge proxies that send to the replicas, as BALANCER names them. */
  readonly balancers: readonly string[];
  /** Null where HAProxy is not the edge proxy. */
  readonly haproxy: { readonly path: string; readonly version: string; readonly configDir: string } | null;
  readonly fsync: 'everysec' | 'always' | 'no';
  /** How long a server or a replica may take. */
  readonly readyWithinMs: number;
  /** False: it has no replica, and runs the servers for those who hold a reference. */
  readonly isFleet: boolean;
  /** Nothing is kept: the folder goes with the supervisor. */
  readonly isTemporary: boolean;
  /** The fleet ends with this process. */
  readonly owner?: { readonly pid: number; readonly startedAtMs: number } | undefined;
}
