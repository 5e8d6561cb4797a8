import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { scenarios } from './all.ts';
import { faultsOfGuarantees, promisesOf } from './documented.ts';

const root = resolve(import.meta.dirname, '../../../..');
const names = scenarios.map(({ name }) => name);
const isSuite = (link: string): boolean => link.endsWith('.spec.ts') && existsSync(join(root, 'docs', link));

const page = (...rows: readonly string[]): string =>
  ['| promise | number | shown by |', '| --- | --- | --- |', ...rows, '', '| when | then |', '| --- | --- |'].join(
    '\n',
  );

const faultsOf = (...rows: readonly string[]) =>
  faultsOfGuarantees(promisesOf(page(...rows)), ['kill-api'], (link) => link === 'a.spec.ts');

describe('a page of guarantees', () => {
  it('may have a scenario or a suite for each promise', () =>
    expect(faultsOf('| it holds | 0 | `kill-api` |', '| this too | | [a](a.spec.ts) |')).toEqual([]));

  it.each([
    [['| it holds | 0 | |', '| x | | `kill-api` |'], ['line 3: nothing shows "it holds"']],
    [['| x | | `kill-api`, `kill-all` |'], ['line 3: there is no scenario kill-all']],
    [['| x | | `kill-api`, [b](b.spec.ts) |'], ['line 3: b.spec.ts is no suite']],
    [['| x | | [a](a.spec.ts) |'], ['no promise is shown by kill-api']],
  ])('is told what is wrong with it: %j', (rows, faults) => expect(faultsOf(...rows)).toEqual(faults));
});

it('docs/guarantees.md has something that shows each promise, and names each scenario', () => {
  const promises = promisesOf(readFileSync(join(root, 'docs/guarantees.md'), 'utf8'));
  expect(faultsOfGuarantees(promises, names, isSuite)).toEqual([]);
});

it('the README has a row for each scenario, and no other', () => {
  const readme = readFileSync(join(root, 'tools/prove/README.md'), 'utf8');
  const [, table = ''] = /### Scenarios\n([\s\S]*?)\n### /.exec(readme) ?? [];
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const inRows = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
  expect(inRows.toSorted()).toEqual(names.toSorted());
});
