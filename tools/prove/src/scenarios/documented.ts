/** DocumentedPromise is one row of a table whose last column is "shown by". */
export interface DocumentedPromise {
  readonly line: number;
  readonly promise: string;
  /** Names in backticks. */
  readonly scenarios: readonly string[];
  /** Targets of links, relative to the document. */
  readonly links: readonly string[];
}

const cellsOf = (row: string): readonly string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** promisesOf reads what a document promises, and what shows each of it. */
export function promisesOf(text: string): readonly DocumentedPromise[] {
  let isShown = false;
  return text.split('\n').flatMap((row, at) => {
    const cells = row.startsWith('|') ? cellsOf(row) : [];
    const last = cells.at(-1);
    if (last === undefined || last === 'shown by') {
      isShown = last === 'shown by';
      return [];
    }
    if (!isShown || /^-+$/.test(last)) return [];
    return [
      {
        line: at + 1,
        promise: cells[0] ?? '',
        scenarios: [...last.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
        links: [...last.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target),
      },
    ];
  });
}

/** faultsOfGuarantees: a promise that nothing shows, a name that is no scenario, a link to nothing, a scenario that shows no promise. */
export function faultsOfGuarantees(
  promises: readonly DocumentedPromise[],
  names: readonly string[],
  isSuite: (link: string) => boolean,
): readonly string[] {
  const named = new Set(promises.flatMap(({ scenarios }) => scenarios));
  return [
    ...promises.flatMap(({ line, promise, scenarios, links }) => [
      ...(scenarios.length + links.length === 0 ? [`line ${line}: nothing shows "${promise}"`] : []),
      ...scenarios.filter((name) => !names.includes(name)).map((name) => `line ${line}: there is no scenario ${name}`),
      ...links.filter((link) => !isSuite(link)).map((link) => `line ${line}: ${link} is no suite`),
    ]),
    ...names.filter((name) => !named.has(name)).map((name) => `no promise is shown by ${name}`),
  ];
}
