import type { Instance } from '../instance.ts';

/** The pod of a StatefulSet has the id of the one before it, and another address. */
const keyOf = ({ id, address, port }: Instance): string => `${id} ${address} ${port}`;

/**
 * createFirstReadiness leaves out each pod that has not been ready yet, as a registry knows no replica before it registers. One that starts
 * is no sick one: as critical it would count for the panic threshold, and in panic be sent requests that it refuses. What the first
 * answer lists is as it says, because it may have been ready before this process asked.
 */
export function createFirstReadiness(): (listed: readonly Instance[]) => Instance[] {
  let joined: ReadonlySet<string> | undefined;
  return (listed) => {
    const before = joined;
    const kept = listed.filter(
      (instance) => instance.health !== 'critical' || before === undefined || before.has(keyOf(instance)),
    );
    joined = new Set(kept.map(keyOf));
    return kept;
  };
}
