import { hasPassed, type RowResult } from './run-steps.ts';
import { formatResults } from './table.ts';

/**
 * `runRows` runs one row after the other, and prints the table of all, with `head` above their names.
 * @returns the exit code: 1 with a row that failed
 */
export async function runRows<Row>(
  head: string,
  rows: ReadonlyMap<string, Row>,
  run: (row: Row) => Promise<RowResult>,
): Promise<number> {
  const results: RowResult[] = [];
  for (const [name, row] of rows) {
    console.log(`${name} …`);
    results.push(await run(row));
  }
  console.log(`\n${formatResults(head, results)}`);
  const failed = results.filter((result) => !hasPassed(result)).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
