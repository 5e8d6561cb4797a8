/** Content codings in which a built file may lie beside it, the smallest first, and how the name of such a file ends. */
export const CODINGS = [
  { coding: 'br', extension: '.br' },
  { coding: 'gzip', extension: '.gz' },
] as const;

export type Coding = (typeof CODINGS)[number]['coding'];

/** How much a client wants a coding, from 0 (not at all) to 1; undefined where it does not name it. */
function weightOf(accepted: string, coding: string): number | undefined {
  for (const part of accepted.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
    if (name !== coding) continue;
    const q = parameters.find((each) => each.startsWith('q='))?.slice(2);
    const weight = q === undefined ? 1 : Number(q);
    return weight >= 0 && weight <= 1 ? weight : 0;
  }
  return undefined;
}

/**
 * chosenCoding is the one that a client wants most (RFC 9110, 12.5.3), of those alike the first; undefined for the file as it
 * is, which is sent to who accepts nothing that there is.
 *
 * @param accepted value of `Accept-Encoding`
 */
export function chosenCoding(accepted: string | undefined, available: readonly Coding[]): Coding | undefined {
  if (accepted === undefined) return undefined;
  const others = weightOf(accepted, '*') ?? 0;
  const asItIs = weightOf(accepted, 'identity') ?? 0;
  let best: { coding: Coding | undefined; weight: number } = { coding: undefined, weight: asItIs };
  for (const coding of available) {
    const weight = weightOf(accepted, coding) ?? others;
    const isFirst = best.coding === undefined;
    if (weight > 0 && (weight > best.weight || (isFirst && weight === best.weight))) best = { coding, weight };
  }
  return best.coding;
}
