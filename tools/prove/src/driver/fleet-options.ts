import type { ServiceName } from '@nestfleet/contracts';
import type { Cluster } from './kubectl.ts';

export const BALANCERS = ['gateway', 'traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'] as const;
export type Balancer = (typeof BALANCERS)[number];
export const ENGINES = ['local', 'docker', 'kubernetes'] as const;
export type Engine = (typeof ENGINES)[number];

/** A domain that nobody owns and under which browsers share cookies as they do on the web, unlike under localhost. */
export const TEST_DOMAIN = 'fleet.test';

/** Replicas of each service; what is not named has as many as the table says. */
export type Counts = Readonly<Partial<Record<ServiceName, number>>>;

/** How safe the Redis of a fleet keeps what it has acknowledged: to the disk each second, or before each answer. */
export type Fsync = 'everysec' | 'always';

export interface FleetOptions {
  /** What the fleet is for: part of its project's name. */
  readonly purpose: 'conformance' | 'scenarios';
  readonly engine: Engine;
  readonly balancer: Balancer;
  readonly counts: Counts;
  /** https at the edge proxy. */
  readonly tls: boolean;
  /** Bundles to run, in place of the ones that `make up` builds. Processes only. */
  readonly appsDir?: string | undefined;
  readonly fsync?: Fsync;
  /** A Redis to use in place of one of its own. Processes only. */
  readonly redisUrl?: string | undefined;
  /** Of all apps. Processes only. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Where the fleet is to be. Kubernetes only. */
  readonly cluster?: Cluster | undefined;
}
