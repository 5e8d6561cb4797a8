/** The fields of a reply of INFO, by name. */
export function infoFields(info: string): Map<string, string> {
  const lines = info.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(':');
    return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
  });
  return new Map(lines);
}
