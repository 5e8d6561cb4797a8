import type { Member } from './member.ts';

/**
 * How much more than its part the own zone is trusted to take, as in Envoy: up to 28 % of it may be missing before any
 * request leaves the zone.
 */
const OVERPROVISIONING_FACTOR = 1.4;
/** Below this there is nobody else to choose in the own zone. Envoy asks for 6 in all zones (`min_cluster_size`). */
const LOCAL_MIN = 2;

/** ZoneSplit is the usable members of the own zone, and the others. */
export interface ZoneSplit {
  readonly local: readonly Member[];
  readonly others: readonly Member[];
  /** Of the requests, from 0 to 1. */
  readonly localShare: number;
}

const zoneOf = ({ instance }: Member): string => instance.meta['zone'] ?? '';

/**
 * splitByZone prefers the own zone as Envoy's zone aware routing does. It gets all requests, but no more than what it can take:
 * its usable part times the overprovisioning factor, and its part of all usable members where each zone sends as much. The
 * rest goes to the other zones. Undefined where there is nothing to prefer.
 *
 * @param listed all that take part, usable or not
 */
export function splitByZone(
  zone: string | undefined,
  listed: readonly Member[],
  usable: readonly Member[],
): ZoneSplit | undefined {
  if (zone === undefined) return undefined;
  const isLocal = (member: Member): boolean => zoneOf(member) === zone;
  const [local, others] = [usable.filter(isLocal), usable.filter((member) => !isLocal(member))];
  const localListed = listed.filter(isLocal).length;
  if (localListed < LOCAL_MIN || local.length === 0 || others.length === 0) return undefined;
  const zones = new Set(usable.map(zoneOf)).size;
  const localShare = Math.min(
    1,
    (OVERPROVISIONING_FACTOR * local.length) / localListed,
    (zones * local.length) / usable.length,
  );
  return { local, others, localShare };
}
