import type { RegistryEntry, Sweep } from '../catalog.ts';
import type { Instance } from '../instance.ts';
import { instanceOf, type ConsulHealthEntry } from './health-entry.ts';

/** What a sweep needs of Consul. */
export interface SlotAccess {
  /** Our entry as our own agent has it. */
  own(): Promise<ConsulHealthEntry | undefined>;
  /** The entries of the service in the whole catalog whose id matches. */
  listed(pattern: string): Promise<readonly ConsulHealthEntry[]>;
  deregisterHere(id: string): Promise<unknown>;
  /** With every other agent that answers. */
  deregisterAtOthers(id: string): Promise<void> | undefined;
  /** From the catalog alone. The agent of a node that is alive writes it again. */
  forget(node: string, id: string): Promise<void>;
}

const nodeOf = (entry: ConsulHealthEntry): string | undefined => entry.Node?.Node;

/** Ids of every run in the slot. The number is last, so that a slot that begins like ours is another one. */
function idsOfSlot({ service, slot }: RegistryEntry): string {
  return `^${`${service}-${slot}-`.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}[0-9]+$`;
}

/**
 * An entry lives on the agent that took it, and in the catalog under that agent's node. When we moved to another agent, or
 * a slot was started again beside another agent, the old entry stays there: as long as the node is alive with its last
 * health, and for three days after the node died. So this looks at the whole catalog, deregisters entries at their agent
 * if it can be reached, and from the catalog in any case.
 */
export async function sweepSlot(
  access: SlotAccess,
  entry: RegistryEntry,
  isOrphan: (candidate: Instance) => Promise<boolean>,
): Promise<Sweep> {
  const [own, listed] = await Promise.all([access.own(), access.listed(idsOfSlot(entry))]);
  // Each check in an agent's view names the agent's node.
  const ownNode = own?.Checks?.[0]?.Node;
  const isHere = (one: ConsulHealthEntry): boolean => nodeOf(one) === ownNode;
  const arrived = listed.some((one) => one.Service.ID === entry.id && isHere(one));
  // Before our agent has synced the entry to the servers, its copy elsewhere is all that callers see of us.
  const isGone = async (one: ConsulHealthEntry): Promise<boolean> =>
    one.Service.ID === entry.id ? arrived && !isHere(one) : isOrphan(instanceOf(one));
  const verdicts = await Promise.all(listed.map(isGone));
  const gone = listed.filter((_, index) => verdicts[index]);
  for (const one of gone) {
    const { ID: id } = one.Service;
    const node = nodeOf(one);
    if (isHere(one)) {
      await access.deregisterHere(id);
      continue;
    }
    await access.deregisterAtOthers(id);
    if (node !== undefined) await access.forget(node, id);
  }
  return { removed: gone.map((one) => one.Service.ID), settled: arrived && listed.length === 1 };
}
