import type { RowResult } from './run-steps.ts';

/** One row for a result, `head` above their names, one column for a step; what went wrong is below, whole. */
export function formatResults(head: string, results: readonly RowResult[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const rows = [
    [head, ...first.steps.map(({ name }) => name), 'took'],
    ...results.map(({ name, steps, tookMs }) => [
      name,
      ...steps.map(({ words, fault }) => words ?? (fault === undefined ? '-' : 'FAILED')),
      `${Math.round(tookMs / 1_000)} s`,
    ]),
  ];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
  const faults = results.flatMap((row) =>
    row.steps.flatMap(({ name, fault }) => (fault === undefined ? [] : [`\n${row.name}, ${name}: ${fault}`])),
  );
  return [...lines, ...faults].join('\n');
}
