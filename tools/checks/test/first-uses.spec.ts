import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { blocksRunBy } from '../src/code-blocks.ts';

const root = resolve(import.meta.dirname, '../../..');
/** What the first use of each README prints, one line each. */
const printedBy: Record<string, readonly string[]> = {
  'libs/contracts/README.md': ['state_unavailable: Redis is unavailable', 'idempotent'],
  'libs/errors/README.md': ['sold_out 409 true {}', "stock_unavailable 503 false { 'retry-after': '1' }"],
  'libs/timing/README.md': ['no answer within 50 ms', 'no answer within 50 ms', '42', 'false', 'asked three times'],
};
const blocks = blocksRunBy(import.meta.filename);

it.each(blocks.map(({ file, code }) => [file, code]))('the first use in %s runs as it stands there', (file, code) => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const words = ['--input-type=module-typescript', '--eval', code];
  const printed = execFileSync(process.execPath, words, { cwd: join(root, dirname(file)), env, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual(printedBy[file]);
});

it('no other first use is expected', () =>
  expect(blocks.map(({ file }) => file).toSorted()).toEqual(Object.keys(printedBy)));
