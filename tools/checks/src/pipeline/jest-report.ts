import { basename } from 'node:path';
import { type Counts, oneFailed } from './counts.ts';

/** The numbers in Jest's `--json` file. */
interface JestReport {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  numRuntimeErrorTestSuites: number;
  testResults?: readonly JestSuite[];
}

interface JestSuite {
  name: string;
  status: string;
  assertionResults: readonly { status: string; fullName: string }[];
}

/**
 * Sums one run of Jest. A suite that cannot even be loaded has no tests to fail, so it counts as a failed one; so does a
 * run that ended badly although no test failed (it was killed, its servers did not start, it wrote no whole report).
 */
export function countJest(reportText: string | undefined, exitCode: number | null): Counts {
  const report = parse(reportText);
  if (report === undefined) return oneFailed;
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  const endedWell = exitCode === 0 && report.success;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !endedWell ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** failuresIn names the failed tests of a report, and the suites that failed without one, by their file. */
export function failuresIn(reportText: string | undefined): string[] {
  const suites = parse(reportText)?.testResults ?? [];
  return suites.flatMap(({ name, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed').map(({ fullName }) => fullName);
    return failed.length === 0 && status === 'failed' ? [basename(name)] : failed;
  });
}

function parse(text: string | undefined): JestReport | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as JestReport);
  } catch {
    return undefined;
  }
}
