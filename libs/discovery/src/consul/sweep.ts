import type { RegistryEntry, StaleCandidate, Sweep } from '../catalog.ts';
import { instanceOf, type ConsulHealthEntry } from './health-entry.ts';

/** What a sweep needs of Consul. */
export interface SlotAccess {
  /** An entry as our own agent has it. */
  atAgent(id: string): Promise<ConsulHealthEntry | undefined>;
  /** The entries of the service in the whole catalog whose id matches, or that have our address and port. */
  listed(pattern: string): Promise<readonly ConsulHealthEntry[]>;
  deregisterHere(id: string): Promise<unknown>;
  /** With every other agent that answers. */
  deregisterAtOthers(id: string): Promise<void> | undefined;
  /** From the catalog alone. The agent of a node that is alive writes it again. @returns false where the token may not */
  forget(node: string, id: string): Promise<boolean>;
}

const nodeOf = (entry: ConsulHealthEntry): string | undefined => entry.Node?.Node;

/** Ids of every run in the slot. The number is last, so that a slot that begins like ours is another one. */
function idsOfSlot({ service, slot }: RegistryEntry): string {
  return `^${`${service}-${slot}-`.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}[0-9]+$`;
}

/**
 * candidateOf is an entry of the catalog as its agent sees it, where that is ours. What an agent may not write, as after the
 * token of an entry was revoked, the catalog does not learn: there the entry passes for ever, in the agent's view it is
 * critical, and a minute later unknown.
 */
async function candidateOf(one: ConsulHealthEntry, isOnOurNode: boolean, access: SlotAccess): Promise<StaleCandidate> {
  const instance = instanceOf(one);
  if (!isOnOurNode) return { ...instance, isOnOurNode, isUnknown: false };
  const known = await access.atAgent(instance.id);
  const health = known === undefined ? 'critical' : instanceOf(known).health;
  return { ...instance, health, isOnOurNode, isUnknown: known === undefined };
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
  isOrphan: (candidate: StaleCandidate) => Promise<boolean>,
): Promise<Sweep> {
  const [own, listed] = await Promise.all([access.atAgent(entry.id), access.listed(idsOfSlot(entry))]);
  // Each check in an agent's view names the agent's node.
  const ownNode = own?.Checks?.[0]?.Node;
  const isHere = (one: ConsulHealthEntry): boolean => nodeOf(one) === ownNode;
  const arrived = listed.some((one) => one.Service.ID === entry.id && isHere(one));
  async function verdictOn(one: ConsulHealthEntry): Promise<{ isGone: boolean; isUnknown: boolean }> {
    // Before our agent has synced the entry to the servers, its copy elsewhere is all that callers see of us.
    if (one.Service.ID === entry.id) return { isGone: arrived && !isHere(one), isUnknown: false };
    const candidate = await candidateOf(one, isHere(one), access);
    return { isGone: await isOrphan(candidate), isUnknown: candidate.isUnknown };
  }

  /** True where it is gone. */
  async function remove(one: ConsulHealthEntry): Promise<boolean> {
    const { isGone, isUnknown } = await verdictOn(one);
    if (!isGone) return false;
    const { ID: id } = one.Service;
    const node = nodeOf(one);
    if (isHere(one) && !isUnknown) {
      await access.deregisterHere(id);
      return true;
    }
    if (!isHere(one)) await access.deregisterAtOthers(id);
    return node === undefined || (await access.forget(node, id));
  }

  const results = await Promise.allSettled(listed.map(remove));
  const failed = results.find((result) => result.status === 'rejected');
  const isRemoved = (index: number): boolean => {
    const result = results[index];
    return result?.status === 'fulfilled' && result.value;
  };
  return {
    removed: listed.filter((_, index) => isRemoved(index)).map((one) => one.Service.ID),
    settled: arrived && listed.length === 1,
    ...(failed === undefined ? {} : { error: failed.reason as unknown }),
  };
}
