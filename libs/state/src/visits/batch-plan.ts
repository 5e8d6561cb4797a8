/** Keys of one script: Redis serves nobody else while it runs, and 512 visits take it about 1 ms. */
export const VISITS_PER_SCRIPT_MAX = 512;

/**
 * The visits of one turn as scripts, each in the order in which its visits came: all together, or by the part of the store
 * that holds them when a script must keep to one.
 * @param partOf where a visit's session lies; left out when a script may take sessions of all parts
 */
export function planScripts<T>(visits: readonly T[], partOf?: (visit: T) => number): T[][] {
  const parts = partOf === undefined ? [visits] : [...Map.groupBy(visits, partOf).values()];
  return parts.flatMap((part) => cut(part, VISITS_PER_SCRIPT_MAX));
}

function cut<T>(list: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / max) }, (_none, at) => list.slice(at * max, (at + 1) * max));
}
