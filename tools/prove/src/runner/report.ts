import type { ScenarioResult } from './run-scenario.ts';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** What one run has shown, as soon as it is over. */
export function formatResult({ scenario, verdict, tookMs, sent, seen, faults }: ScenarioResult): string {
  const { name, fault, load, invariant, bound } = scenario;
  const told = verdict === 'passed' ? verdict : verdict.toUpperCase();
  return [
    `${told} ${name} (${seconds(tookMs)}): ${fault}`,
    `    load: ${load}${sent === '' ? '' : `; ${sent}`}`,
    `    must hold: ${invariant} (${bound})`,
    ...faults.map((each) => `    ✗ ${each}`),
    ...seen.map((each) => `    · ${each}`),
  ].join('\n');
}

/** The table at the end: a row for each, in columns. */
export function formatTable(results: readonly ScenarioResult[]): string {
  const rows = [
    ['VERDICT', 'SCENARIO', 'TIME', 'SENT', 'BOUND', 'SEEN'],
    ...results.map(({ scenario, verdict, tookMs, sent, seen }) => [
      verdict === 'passed' ? verdict : verdict.toUpperCase(),
      scenario.name,
      seconds(tookMs),
      sent.replace(/^sent /, ''),
      scenario.bound,
      seen.join('; '),
    ]),
  ];
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatSums(results: readonly ScenarioResult[]): string {
  const count = (verdict: ScenarioResult['verdict']): number =>
    results.filter((each) => each.verdict === verdict).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
}
