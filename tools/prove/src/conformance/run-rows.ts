import { Check } from '../checkers/check.ts';
import { NotRun, type Row, type Subject } from './row.ts';

export interface RowResult {
  readonly row: Row;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly assertions: number;
  readonly tookMs: number;
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

export interface Sums {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A row that asserted nothing is red: it would be green whatever the fleet does. */
export async function runRow(row: Row, subject: Subject): Promise<RowResult> {
  const check = new Check();
  const startMs = performance.now();
  const done = (result: RowResult['result'], extra: readonly string[] = []): RowResult => ({
    row,
    result,
    assertions: check.ran,
    tookMs: Math.round(performance.now() - startMs),
    faults: result === 'failed' ? [...check.faults, ...extra] : [],
    notes: result === 'skipped' ? extra : check.notes,
  });
  try {
    await row.run(check, subject);
  } catch (error) {
    if (error instanceof NotRun && check.faults.length === 0)
      return done('skipped', [`${error.kind}: ${error.message}`]);
    return done('failed', [`ended early: ${describe(error)}`]);
  }
  if (check.ran === 0) return done('failed', ['no assertion ran']);
  return done(check.faults.length > 0 ? 'failed' : 'passed');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [message = ''] = error.message.split('\n', 1);
  return error.cause instanceof Error ? `${message} (${error.cause.message})` : message;
}

const COLUMNS = { result: 8, name: 12, assertions: 15, took: 9 } as const;

/** One line of the table, and below it what was wrong and what was measured. */
export function formatResult({ row, result, assertions, tookMs, faults, notes }: RowResult): string {
  const head = [
    (result === 'passed' ? result : result.toUpperCase()).padEnd(COLUMNS.result),
    row.name.padEnd(COLUMNS.name),
    `${assertions} assertions`.padStart(COLUMNS.assertions),
    `${(tookMs / 1_000).toFixed(1)} s`.padStart(COLUMNS.took),
    ` ${row.shows}`,
  ].join(' ');
  return [head, ...faults.map((fault) => `           ✗ ${fault}`), ...notes.map((note) => `           · ${note}`)].join(
    '\n',
  );
}

export function sumUp(results: readonly RowResult[]): Sums {
  const count = (result: RowResult['result']): number => results.filter((each) => each.result === result).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

export const formatSums = ({ passed, failed, skipped }: Sums): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
