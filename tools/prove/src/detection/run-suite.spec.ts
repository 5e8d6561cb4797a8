import { describe, expect, it } from '@jest/globals';
import { detectionIn, readReport } from './run-suite.ts';

const report = (...tests: [fullName: string, status: string][]) => ({
  testResults: [
    { message: 'cannot be compiled', assertionResults: tests.map(([fullName, status]) => ({ fullName, status })) },
  ],
});

const evidence = (...tests: [string, string][]): string => detectionIn(report(...tests), 'b', 'keeps').evidence;

describe('a bug that a suite has to find', () => {
  it('is found by the test that is named for it', () =>
    expect(detectionIn(report(['a counts', 'passed'], ['a keeps', 'failed']), 'b', 'keeps')).toEqual({
      bug: 'b',
      isDetected: true,
      evidence: 'a keeps',
    }));

  it('is missed where another test fails, none does, or the suite could not be run', () => {
    expect(evidence(['a counts', 'failed'], ['a keeps', 'passed'])).toBe('not detected; seen: a counts');
    expect(evidence()).toBe('not detected; seen: cannot be compiled');
    expect(detectionIn(readReport('/no/such/report.json', 'ended'), 'b', 'keeps').evidence).toBe(
      'not detected; seen: Jest has left no report: ended',
    );
    expect(detectionIn({ testResults: [] }, 'b', 'keeps')).toMatchObject({ isDetected: false });
  });
});
