import type { Workspace } from '../workspace.ts';
import { type Compose, readCompose } from './compose-file.ts';

export const BASE = 'deploy/compose.yaml';
export const BALANCERS = ['gateway', 'traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'] as const;
export type Balancer = (typeof BALANCERS)[number];

/** Overlays that go with a balancer, and with which ones. */
const additions: Readonly<Record<string, readonly Balancer[]>> = {
  tls: ['traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'],
  dev: BALANCERS,
  prometheus: BALANCERS,
  quickstart: ['gateway'],
};

/** Files that are given to Compose together. */
export interface Topology {
  readonly balancer: Balancer;
  readonly files: readonly string[];
}

export const overlay = (name: string): string => `deploy/compose.${name}.yaml`;

/** Every combination of the files that are there: each balancer, alone and with each addition that goes with it. */
function topologies(exists: (file: string) => boolean): Topology[] {
  return BALANCERS.filter((balancer) => exists(overlay(balancer))).flatMap((balancer) => {
    const alone = [BASE, overlay(balancer)];
    const more = Object.keys(additions).filter((name) => additions[name]?.includes(balancer) && exists(overlay(name)));
    return [{ balancer, files: alone }, ...more.map((name) => ({ balancer, files: [...alone, overlay(name)] }))];
  });
}

export interface Deployed extends Topology {
  readonly compose: Compose;
}

export function readTopologies({ exists, read }: Pick<Workspace, 'exists' | 'read'>): Deployed[] {
  return topologies(exists).map((topology) => ({ ...topology, compose: readCompose(read, topology.files) }));
}
