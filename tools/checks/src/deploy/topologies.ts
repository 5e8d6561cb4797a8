import type { Workspace } from '../workspace.ts';
import { type Compose, readCompose } from './compose-file.ts';

export const BASE = 'deploy/compose.yaml';
export const DOORS = ['gateway', 'traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'] as const;
export type Door = (typeof DOORS)[number];

/** Overlays that go with a door, and with which ones. */
const additions: Readonly<Record<string, readonly Door[]>> = {
  tls: ['traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'],
  dev: DOORS,
  prometheus: DOORS,
  quickstart: ['gateway'],
};

/** Files that are given to Compose together. */
export interface Topology {
  readonly door: Door;
  readonly files: readonly string[];
}

export const overlay = (name: string): string => `deploy/compose.${name}.yaml`;

/** Every combination of the files that are there: each door, alone and with each addition that goes with it. */
export function topologies(exists: (file: string) => boolean): Topology[] {
  return DOORS.filter((door) => exists(overlay(door))).flatMap((door) => {
    const alone = [BASE, overlay(door)];
    const more = Object.keys(additions).filter((name) => additions[name]?.includes(door) && exists(overlay(name)));
    return [{ door, files: alone }, ...more.map((name) => ({ door, files: [...alone, overlay(name)] }))];
  });
}

export interface Deployed extends Topology {
  readonly compose: Compose;
}

export function readTopologies({ exists, read }: Pick<Workspace, 'exists' | 'read'>): Deployed[] {
  return topologies(exists).map((topology) => ({ ...topology, compose: readCompose(read, topology.files) }));
}
