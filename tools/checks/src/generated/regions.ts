const MARK = '# Generated from the table of services by node tools/checks/src/generate.ts:';
const REGION = new RegExp(`^([ \\t]*${MARK} begin\\n)[^]*?^([ \\t]*${MARK} end)$`, 'gm');

/**
 * withRegions is a file that is written by hand but for some regions, each between two comments, with these in their place.
 * @throws when the file does not have as many
 */
export function withRegions(text: string, regions: readonly string[]): string {
  const found = text.match(REGION)?.length ?? 0;
  if (found !== regions.length) throw new Error(`has ${found} of ${regions.length} regions "${MARK} begin", "… end"`);
  let at = 0;
  return text.replace(REGION, (_all, begin: string, end: string) => `${begin}${regions[at++] ?? ''}${end}`);
}
