import { nameOf } from './cells.ts';
import type { CellResult } from './run-cell.ts';

/** One row for a cell, one column for a step; what went wrong is below, whole. */
export function formatResults(results: readonly CellResult[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const rows = [
    ['cell', ...first.steps.map(({ name }) => name), 'took'],
    ...results.map(({ cell, steps, tookMs }) => [
      nameOf(cell),
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
  const faults = results.flatMap(({ cell, steps }) =>
    steps.flatMap(({ name, fault }) => (fault === undefined ? [] : [`\n${nameOf(cell)}, ${name}: ${fault}`])),
  );
  return [...lines, ...faults].join('\n');
}
