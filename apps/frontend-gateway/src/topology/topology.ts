import type { Topology, TopologyInstance } from '@nestfleet/contracts';
import type { Instance, Snapshot } from '@nestfleet/discovery';

type Report = TopologyInstance['control'];

const toInstance = ({ id, meta, address, port, health, epoch }: Instance, control: Report): TopologyInstance => ({
  id,
  name: meta['instance_name'] ?? id,
  address,
  port,
  health,
  version: meta['version'] ?? 'unknown',
  epoch,
  control,
});

/** toTopology is the catalog's latest view of each service, in the order asked for, instances by name, each with its own last report. */
export const toTopology = (
  views: readonly { readonly name: string; readonly snapshot: Snapshot }[],
  reportOf: (id: string) => Report,
): Topology => ({
  services: views.map(({ name, snapshot }) => ({
    name,
    as_of_ms: snapshot.asOfMs,
    stale: snapshot.error !== undefined,
    instances: snapshot.instances
      .map((instance) => toInstance(instance, reportOf(instance.id)))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || a.id.localeCompare(b.id)),
  })),
});
