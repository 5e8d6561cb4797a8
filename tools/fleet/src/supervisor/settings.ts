export const LOCAL_DOORS = ['gateway', 'haproxy-consul'] as const;
/** The front doors that need no containers. */
export type LocalDoor = (typeof LOCAL_DOORS)[number];

/** What a supervisor is started with: its only argument, as JSON. The command that starts it has looked everything up. */
export interface SupervisorSettings {
  readonly dir: string;
  /** Folder that holds `<app>/main.js`. */
  readonly appsDir: string;
  readonly namespace: string;
  /** Null where the fleet uses a Redis that somebody else runs. */
  readonly redis: { readonly path: string; readonly version: string } | null;
  readonly consul: { readonly path: string; readonly version: string };
  /** The front door. */
  readonly balancer: LocalDoor;
  /** All doors that send to the replicas, as they are told in BALANCER. */
  readonly balancers: readonly string[];
  /** Null where HAProxy is not the front door. */
  readonly haproxy: { readonly path: string; readonly version: string; readonly configDir: string } | null;
  readonly fsync: 'everysec' | 'always' | 'no';
  /** How long a server or a replica may take. */
  readonly readyWithinMs: number;
}
