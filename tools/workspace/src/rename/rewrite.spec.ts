import { describe, expect, it } from '@jest/globals';
import { mentions, rewriter } from './rewrite.ts';

/** What a text becomes: with a name of one word in it, of two, and of two with digits. */
const cases: readonly [string, string, string, string][] = [
  ['a package', "from '@quince/redis'", "from '@sour-quince/redis'", "from '@q1-r2/redis'"],
  ['an image', 'quince/api:dev', 'sour-quince/api:dev', 'q1-r2/api:dev'],
  ['a metric', 'rate(quince_jobs_total[5m])', 'rate(sour_quince_jobs_total[5m])', 'rate(q1_r2_jobs_total[5m])'],
  ['the prefix of metrics', "prefix: 'quince_'", "prefix: 'sour_quince_'", "prefix: 'q1_r2_'"],
  ['a variable', '${QUINCE_TAG:-dev}', '${SOUR_QUINCE_TAG:-dev}', '${Q1_R2_TAG:-dev}'],
  ['a variable with a name before', 'OLD_QUINCE', 'OLD_SOUR_QUINCE', 'OLD_Q1_R2'],
  ['a URN', 'urn:quince:problem:x', 'urn:sour-quince:problem:x', 'urn:q1-r2:problem:x'],
  ['a title', 'title: Quince api', 'title: Sour Quince api', 'title: Q1 R2 api'],
  ['a title behind an escape', '"\\nQuince api"', '"\\nSour Quince api"', '"\\nQ1 R2 api"'],
  ['a function', 'quinceTag()', 'sourQuinceTag()', 'q1R2Tag()'],
  ['a type', 'class QuinceModule', 'class SourQuinceModule', 'class Q1R2Module'],
  ['a word of a function', 'isQuince()', 'isSourQuince()', 'isQ1R2()'],
  ['a header field', 'X-Quince-Trace', 'X-Sour-Quince-Trace', 'X-Q1-R2-Trace'],
  ['a temporary folder', "'quince-logs-'", "'sour-quince-logs-'", "'q1-r2-logs-'"],
  [
    'a regular expression',
    '/^@quince\\/(.+)\\bquince$/',
    '/^@sour-quince\\/(.+)\\bsour-quince$/',
    '/^@q1-r2\\/(.+)\\bq1-r2$/',
  ],
  ['a part of a URL', 'a%2Fquince%2Fb', 'a%2Fsour-quince%2Fb', 'a%2Fq1-r2%2Fb'],
  ['a path', 'deploy/rules/quince.yml', 'deploy/rules/sour-quince.yml', 'deploy/rules/q1-r2.yml'],
  ['a project of Compose', 'PROJECT_NAME=quince', 'PROJECT_NAME=sour-quince', 'PROJECT_NAME=q1-r2'],
  ['several', '@quince: QUINCE_A, Quince', '@sour-quince: SOUR_QUINCE_A, Sour Quince', '@q1-r2: Q1_R2_A, Q1 R2'],
];

describe.each(cases)('%s', (_, one, two, digits) => {
  it('gets a name of two words', () => expect(rewriter('quince', 'sour-quince')(one)).toBe(two));
  it('gets back one of one word', () => expect(rewriter('sour-quince', 'quince')(two)).toBe(one));
  it('gets digits, and loses them again', () => {
    const written = rewriter('quince', 'q1-r2')(one);
    expect(written).toBe(digits);
    expect(rewriter('q1-r2', 'quince')(written)).toBe(one);
  });
  it('is the same by a detour', () => {
    const there = rewriter('medlar', 'sour-quince')(rewriter('quince', 'medlar')(one));
    expect(there).toBe(two);
  });
});

it.each([
  'quincelike',
  'aquince',
  'Quincey',
  'quince2',
  '3quince',
  'QUINCES',
  'quin-ce',
  'qUINCE',
  '/+9quincE',
  'NAME=quince',
])('leaves %s, which is none', (text) => expect(rewriter('quince', 'medlar')(text)).toBe(text));

describe('mentions', () => {
  it.each([
    ['import { x } from "medlar";', true],
    ['MEDLAR_HOME', true],
    ['class MedlarTree', true],
    ['medlars', false],
    ['make rename NAME=medlar', false],
    ['@quince/medlar', true],
    ['@quince/x', false],
  ])('%j: %j', (text, expected) => expect(mentions(text, 'medlar', 'quince')).toBe(expected));

  it('does not take the present name for a part of it', () => {
    expect(mentions('@sour-quince/x', 'quince', 'sour-quince')).toBe(false);
    expect(mentions('@sour-quince/quince', 'quince', 'sour-quince')).toBe(true);
  });
});
