import { describe, expect, it } from '@jest/globals';
import type { Check } from '../checkers/check.ts';
import { EdgeProxy } from '../client/edge-proxy.ts';
import { NotRun, type Row } from './row.ts';
import { formatResult, formatSums, runRow, sumUp } from './run-rows.ts';
import { openSubject } from './subject.ts';

const row = (run: (check: Check) => Promise<void>): Row => ({ name: 'row', shows: 'something', run });
const { subject } = openSubject(new EdgeProxy('http://127.0.0.1:9', 'fleet.test'), undefined, { isCi: false });

const good = row(async (check) => check.equal('two', 1 + 1, 2));
const empty = row(async () => undefined);
const wrong = row(async (check) => {
  check.atMost('first', 3, 2);
  check.holds('second', true);
  check.equal('third', { a: [1] }, { a: [2] });
});
const thrown = row(async (check) => {
  check.holds('before', true);
  throw new Error('no answer', { cause: new Error('refused') });
});
const lacking = row(async () => {
  throw new NotRun('not run', 'no browser');
});
const lackingAfterFault = row(async (check) => {
  check.holds('before', false);
  throw new NotRun('not run', 'no browser');
});

describe('a row', () => {
  it.each([
    ['whose assertions hold', good, 'passed', 1, []],
    ['without an assertion', empty, 'failed', 0, ['no assertion ran']],
    [
      'with faults, all of which are told',
      wrong,
      'failed',
      3,
      ['first: expected at most 2; seen: 3', 'third: expected {"a":[2]}; seen: {"a":[1]}'],
    ],
    ['that ends early', thrown, 'failed', 1, ['ended early: no answer (refused)']],
    ['that lacks what it needs', lacking, 'skipped', 0, []],
    ['that lacks it after a fault', lackingAfterFault, 'failed', 1, ['before', 'ended early: no browser']],
  ] as const)('%s', async (_name, each, result, assertions, faults) => {
    expect(await runRow(each, subject)).toMatchObject({ result, assertions, faults });
  });

  it('that needs a fleet is not run against an address alone', async () => {
    const result = await runRow({ ...empty, run: async (_check, given) => void given.driver() }, subject);
    expect(result.result).toBe('skipped');
    expect(formatResult(result)).toMatch(/^SKIPPED[\s\S]*0 assertions[\s\S]*not run: only an address is known/);
  });

  it('counts into one sum', async () => {
    const results = await Promise.all([good, good, empty, lacking].map((each) => runRow(each, subject)));
    expect(formatSums(sumUp(results))).toBe('2 passed, 1 failed, 1 skipped');
  });
});
