import { describe } from '@jest/globals';
import { postgresBinary } from '../src/testing.ts';

/** Runs the suite with the program of PostgreSQL; without it fails under CI and skips with a printed reason elsewhere. */
export function describeWithPostgres(name: string, suite: (binary: string) => void): void {
  const binary = postgresBinary();
  const isCi = process.env['CI'] !== undefined;
  if (binary === undefined && !isCi) console.warn(`SKIPPED ${name}: POSTGRESQL IS NOT INSTALLED`);
  const run = binary !== undefined || isCi ? describe : describe.skip;
  run(name, () => suite(binary ?? 'postgres'));
}
