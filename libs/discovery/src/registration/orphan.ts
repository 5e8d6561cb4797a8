import type { RegistryEntry, StaleCandidate } from '../catalog.ts';
import type { AskReplica } from './ask-replica.ts';

/** The epoch in an id `<service>-<slot>-<epoch>` of the given slot; undefined for every other id. */
function epochOfSlot(id: string, { service, slot }: RegistryEntry): number | undefined {
  const prefix = `${service}-${slot}-`;
  const rest = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

/**
 * isOrphan tells whether an entry is what an earlier run in our slot left behind: same slot, lower epoch, and surely gone. Sure is one
 * whose address and port are now ours (our own answers would keep its check passing for ever), one at whose address another
 * instance answers, and one that is critical and does not answer. One that still answers is never removed, whatever
 * the catalog says of it: a replica that drains is critical too, and may still be finishing its work. A higher epoch is a
 * later run, or an earlier one of a clock that was ahead: it is gone for sure where we answer at its address ourselves, or
 * where our own agent does not know it and nobody answers. The entry of another slot is one where we answer at its address,
 * on our own node: elsewhere the same address may be another one.
 */
export async function isOrphan(candidate: StaleCandidate, own: RegistryEntry, ask: AskReplica): Promise<boolean> {
  if (candidate.id === own.id) return false;
  const epoch = epochOfSlot(candidate.id, own);
  const isOurPlace = candidate.port !== 0 && candidate.port === own.port && candidate.address === own.address;
  if (epoch === undefined) {
    const isOurs = candidate.id.startsWith(`${own.service}-`) && candidate.id.endsWith(`-${candidate.epoch}`);
    return isOurs && isOurPlace && candidate.isOnOurNode && (await ask(candidate))?.instanceId === own.id;
  }
  if (epoch > own.epoch) {
    if (candidate.port === 0 || !(isOurPlace || candidate.isUnknown)) return false;
    const reply = await ask(candidate);
    // While we drain another one may have our port already.
    return reply === undefined ? candidate.isUnknown : reply.instanceId === own.id;
  }
  // Without a port there is nobody to ask: its heartbeats are what it is known by, and maintenance hides them.
  if (candidate.port === 0) return candidate.health === 'critical';
  if (isOurPlace) return true;
  const reply = await ask(candidate);
  // No answer alone is not enough: who is passing is reached by Consul, only not by us.
  if (reply === undefined) return candidate.health !== 'passing';
  return reply.instanceId !== undefined && reply.instanceId !== candidate.id;
}
