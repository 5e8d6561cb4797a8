import { describe, expect, it } from '@jest/globals';
import { runSuite } from '../src/detection/run-suite.ts';
import { suiteBugs } from '../src/seeded-bugs/suite-bugs.ts';

describe('a spec', () => {
  it.each(suiteBugs)('finds $name: $description', async (bug) => {
    expect(await runSuite(bug)).toMatchObject({ bug: bug.name, isDetected: true });
  });
});
