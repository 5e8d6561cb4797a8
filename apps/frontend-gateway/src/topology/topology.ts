import type { Topology, TopologyInstance } from '@nestfleet/contracts';
import type { Instance, Snapshot } from '@nestfleet/discovery';
import type { Run } from './reports.ts';

/** What is known of an instance beside its catalog entry. */
export interface Knowledge {
  readonly reportOf: (id: string) => TopologyInstance['control'];
  readonly runOf: (id: string) => Run | undefined;
  readonly ejectionsOf: (id: string) => TopologyInstance['ejected_by'];
  readonly slotsOf: (id: string) => TopologyInstance['slots'];
}

/** nameOf is INSTANCE_NAME, or the id where the entry has none. */
export const nameOf = ({ id, meta }: Instance): string => meta['instance_name'] ?? id;

const toInstance = (instance: Instance, { reportOf, runOf, ejectionsOf, slotsOf }: Knowledge): TopologyInstance => {
  const { id, meta, address, port, health, epoch } = instance;
  const slots = slotsOf(id);
  const run = runOf(id);
  return {
    id,
    name: nameOf(instance),
    address,
    port,
    health,
    version: meta['version'] ?? run?.version ?? 'unknown',
    epoch: epoch === 0 ? (run?.startedAtMs ?? 0) : epoch,
    control: reportOf(id),
    ejected_by: ejectionsOf(id),
    ...(slots && { slots }),
  };
};

/** toTopology is the catalog's latest view of each service, in the order asked for, instances by name. */
export const toTopology = (
  views: readonly { readonly name: string; readonly snapshot: Snapshot }[],
  knowledge: Knowledge,
): Topology => ({
  services: views.map(({ name, snapshot }) => ({
    name,
    as_of_ms: snapshot.asOfMs,
    stale: snapshot.error !== undefined,
    instances: snapshot.instances
      .map((instance) => toInstance(instance, knowledge))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || a.id.localeCompare(b.id)),
  })),
});
