import { describe, expect, it } from '@jest/globals';
import { SUITE_WITHIN_MS, runSuite } from '../src/detection/run-suite.ts';
import { seededRandom } from '../src/load/random.ts';
import { suiteBugs } from '../src/seeded-bugs/suite-bugs.ts';

/** All of them take half an hour: `make prove SEEDED=specs`. */
const SAMPLE = 8;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

function sample<T>(all: readonly T[], size: number): T[] {
  const random = seededRandom(seed);
  const left = [...all];
  return Array.from({ length: Math.min(size, left.length) }, () => left.splice(random.below(left.length), 1)[0]!);
}

describe(`a spec, of ${SAMPLE} among ${suiteBugs.length}, SEED=${seed}`, () => {
  it.each(sample(suiteBugs, SAMPLE))(
    'finds $name: $description',
    async (bug) => {
      expect(await runSuite(bug)).toMatchObject({ bug: bug.name, isDetected: true });
    },
    SUITE_WITHIN_MS + 10_000,
  );
});
