import type { Topology, TopologyInstance } from '@nestfleet/contracts';
import type { Instance, Snapshot } from '@nestfleet/discovery';

const toInstance = ({ id, meta, address, port, health, epoch }: Instance): TopologyInstance => ({
  id,
  name: meta['instance_name'] ?? id,
  address,
  port,
  health,
  version: meta['version'] ?? 'unknown',
  epoch,
});

/** The catalog's last word on each service, in the order asked for, instances by name. */
export const toTopology = (views: readonly { readonly name: string; readonly snapshot: Snapshot }[]): Topology => ({
  services: views.map(({ name, snapshot }) => ({
    name,
    as_of_ms: snapshot.asOfMs,
    stale: snapshot.error !== undefined,
    instances: snapshot.instances
      .map(toInstance)
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || a.id.localeCompare(b.id)),
  })),
});
