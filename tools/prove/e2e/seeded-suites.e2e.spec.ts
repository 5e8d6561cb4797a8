import { describe, expect, it } from '@jest/globals';
import { SUITE_WITHIN_MS, runSuite } from '../src/detection/run-suite.ts';
import { suiteBugs } from '../src/seeded-bugs/suite-bugs.ts';

describe('a spec', () => {
  it.each(suiteBugs)(
    'finds $name: $description',
    async (bug) => {
      expect(await runSuite(bug)).toMatchObject({ bug: bug.name, isDetected: true });
    },
    SUITE_WITHIN_MS + 10_000,
  );
});
