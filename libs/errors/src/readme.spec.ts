import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
const [, firstUse = ''] = /```ts run-by=\S+\n([\s\S]*?)```/.exec(readme) ?? [];

it('the first use in README runs as it stands there', () => {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const words = ['--input-type=module-typescript', '--eval', firstUse];
  const printed = execFileSync(process.execPath, words, { cwd: import.meta.dirname, env, encoding: 'utf8' });
  expect(printed.trim().split('\n')).toEqual([
    'sold_out 409 true {}',
    "stock_unavailable 503 false { 'retry-after': '1' }",
  ]);
});
