/** What a bench has found: numbers for people, and whether each stayed within what is promised. */
export interface Report {
  /** The first row is the heading. */
  readonly table: readonly (readonly string[])[];
  readonly bounds: readonly Bound[];
}

export interface Bound {
  readonly what: string;
  readonly value: number;
  readonly max: number;
  readonly unit: string;
}

export interface Bench {
  readonly name: string;
  readonly shows: string;
  run(): Promise<Report>;
  /** As small as it can be: shows that all of it still runs, and nothing about speed. */
  short(): Promise<Report>;
}

export const holds = ({ value, max }: Bound): boolean => value <= max;

/** Columns as wide as their widest cell; the first to the left, numbers to the right. */
export function formatTable(table: Report['table']): string {
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((row) => (row[at] ?? '').length)));
  return table
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .join('\n');
}

export function formatBound(bound: Bound): string {
  const { what, value, max, unit } = bound;
  return `${holds(bound) ? 'ok  ' : 'MISS'} ${what}: ${shortOf(value)} ${unit} (at most ${max} ${unit})`;
}

export const shortOf = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);

/** The value below which the share `p` lies; of few values the nearest one. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
