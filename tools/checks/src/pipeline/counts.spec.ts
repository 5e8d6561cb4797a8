import { describe, expect, it } from '@jest/globals';
import { closingLine, formatTable, readClosingLine, sum } from './counts.ts';
import { countJest, failuresIn } from './jest-report.ts';
import { failedTasks } from './command-stages.ts';

describe('sum and closingLine', () => {
  it('adds all and says it in the words that CI reads', () => {
    const total = sum([
      { passed: 3, failed: 1, skipped: 0 },
      { passed: 4, failed: 0, skipped: 2 },
    ]);
    expect(closingLine(total)).toBe('7 passed, 1 failed, 2 skipped');
    expect(closingLine(sum([]))).toBe('0 passed, 0 failed, 0 skipped');
  });

  it('reads its own words, the last ones', () => {
    const text =
      'x\n1 passed, 2 failed, 3 skipped\n  9 passed, 9 failed, 9 skipped\n40 passed, 0 failed, 1 skipped\nbye\n';
    expect(readClosingLine(text)).toEqual({ passed: 40, failed: 0, skipped: 1 });
    expect(readClosingLine('40 passed')).toBeUndefined();
  });
});

describe('formatTable', () => {
  it('lines up its columns', () => {
    const counts = { passed: 120, failed: 0, skipped: 3 };
    const lines = formatTable([{ stage: 'unit', counts, tookMs: 12_340 }]).split('\n');
    expect(lines).toEqual([
      'stage          passed   failed  skipped  seconds',
      'unit              120        0        3     12.3',
    ]);
  });
});

describe('countJest', () => {
  const report = {
    success: true,
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 2,
    numTodoTests: 1,
    numRuntimeErrorTestSuites: 0,
  };

  it.each([
    ['a good run', report, 0, { passed: 5, failed: 0, skipped: 3 }],
    ['failed tests', { ...report, success: false, numFailedTests: 2 }, 1, { passed: 5, failed: 2, skipped: 3 }],
    [
      'a suite that did not load',
      { ...report, success: false, numRuntimeErrorTestSuites: 1 },
      1,
      { passed: 5, failed: 1, skipped: 3 },
    ],
    ['a bad end after good tests', report, 1, { passed: 5, failed: 1, skipped: 3 }],
    ['an end by a signal', report, null, { passed: 5, failed: 1, skipped: 3 }],
    ['no success for another reason', { ...report, success: false }, 0, { passed: 5, failed: 1, skipped: 3 }],
  ])('%s', (_name, given, exitCode, counts) => {
    expect(countJest(JSON.stringify(given), exitCode)).toEqual(counts);
  });

  it('counts a run without a report, or with half of one, as failed', () => {
    expect(countJest(undefined, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countJest('{"success": tr', 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

const test = (fullName: string, status: string) => ({ fullName, status });
const suite = (name: string, status: string, assertionResults: unknown[]) => ({ name, status, assertionResults });

describe('failuresIn', () => {
  it('names each failed test, and a suite that failed without one', () => {
    const report = {
      testResults: [
        suite('/x/a.spec.ts', 'failed', [test('a works', 'passed'), test('a fails', 'failed')]),
        suite('/x/b.spec.ts', 'failed', [test('b works', 'passed')]),
        suite('/x/c.spec.ts', 'passed', [test('c works', 'passed')]),
      ],
    };
    expect(failuresIn(JSON.stringify(report))).toEqual(['a fails', 'b.spec.ts']);
  });

  it('has nothing to name without a report', () => expect(failuresIn(undefined)).toEqual([]));
});

describe('failedTasks', () => {
  const tasks = ['api:lint', 'state:lint', 'checks:lint'];
  const output = [
    ' NX   Running target lint for 3 projects:',
    '- api',
    '> nx run api:lint',
    ' NX   Running target lint for 3 projects failed',
    'Failed tasks:',
    '\r',
    '- state:lint\r',
  ].join('\n');

  it('reads the list at the end', () => expect(failedTasks(tasks, output, 1)).toEqual(['state:lint']));
  it('believes the exit code first', () => expect(failedTasks(tasks, output, 0)).toEqual([]));
  it('takes all for failed when Nx failed itself', () => {
    expect(failedTasks(tasks, ' NX   Failed to process project graph.', 1)).toEqual(tasks);
    expect(failedTasks(tasks, '', null)).toEqual(tasks);
  });
});
