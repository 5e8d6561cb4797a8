import type { RegistryEntry } from '../catalog.ts';
import type { Instance } from '../instance.ts';

/** The epoch in an id `<service>-<slot>-<epoch>` of the given slot; undefined for every other id. */
function epochOfSlot(id: string, { service, slot }: RegistryEntry): number | undefined {
  const prefix = `${service}-${slot}-`;
  const rest = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

/**
 * Whether an entry is what an earlier run in our slot left behind: same slot, lower epoch, and surely gone. Sure is one
 * that is critical, or one whose address and port are now ours: our own answers would keep its check passing for ever.
 * One in maintenance is left alone, since it may still be finishing its work.
 */
export function isOrphan(candidate: Instance, own: RegistryEntry): boolean {
  const epoch = epochOfSlot(candidate.id, own);
  if (epoch === undefined || epoch >= own.epoch) return false;
  const oursNow = own.port !== 0 && candidate.port === own.port && candidate.address === own.address;
  return oursNow || candidate.health === 'critical';
}
