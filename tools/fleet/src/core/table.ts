/**
 * columns are lines with aligned columns. The rows of `more` follow the widths of `rows`; of their cells only the first
 * `shared` ones widen a column.
 */
export function columns(
  rows: readonly (readonly string[])[],
  more: readonly (readonly string[])[] = [],
  shared = 0,
): string[] {
  const wide = [...rows, ...more.map((row) => row.slice(0, shared))];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...wide.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [...rows, ...more].map(line);
}

/** formatAge: `12 s`, `3 min`, `2 h`, `5 d` */
export function formatAge(ageMs: number): string {
  const s = Math.max(0, Math.floor(ageMs / 1_000));
  if (s < 120) return `${s} s`;
  if (s < 7_200) return `${Math.floor(s / 60)} min`;
  if (s < 172_800) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}
