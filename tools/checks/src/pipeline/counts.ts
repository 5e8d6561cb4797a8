/** Checks of a suite or of many: a test, a project that is linted, a rule that is checked: each counts as one. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export const none: Counts = { passed: 0, failed: 0, skipped: 0 };
export const onePassed: Counts = { ...none, passed: 1 };
export const oneFailed: Counts = { ...none, failed: 1 };

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, counts) => ({
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
    }),
    none,
  );
}

/** The last line of a run; CI reads it. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The counts of the last closing line in a text, undefined when there is none. */
export function readClosingLine(text: string): Counts | undefined {
  const found = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) };
}

export interface StageResult {
  stage: string;
  counts: Counts;
  tookMs: number;
}

export function formatTable(results: readonly StageResult[]): string {
  const rows = [
    ['stage', 'passed', 'failed', 'skipped', 'seconds'],
    ...results.map(({ stage, counts, tookMs }) => [
      stage,
      ...[counts.passed, counts.failed, counts.skipped].map(String),
      (tookMs / 1000).toFixed(1),
    ]),
  ];
  return rows
    .map(([name = '', ...cells]) => [name.padEnd(12), ...cells.map((cell) => cell.padStart(8))].join(' '))
    .join('\n');
}
