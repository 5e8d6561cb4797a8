import { describe, expect, it } from '@jest/globals';
import { importTable } from './import-table.ts';

const libs = importTable.filter(({ kind }) => kind === 'lib').map(({ name }) => name);
const importersOf = (lib: string) =>
  importTable.filter((row) => row.kind !== 'tool' && row.libs.includes(lib)).map(({ name }) => name);

describe('the import table', () => {
  it('has one row per project, and names libs only', () => {
    const names = importTable.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    for (const row of importTable) expect(libs).toEqual(expect.arrayContaining([...row.libs]));
  });

  it.each([
    ['redis', ['state', 'jobs']],
    ['timing', ['api', 'worker', 'frontend-gateway', 'redis', 'discovery', 'state', 'jobs', 'service']],
    ['state', ['api', 'worker', 'frontend-gateway']],
    ['jobs', ['api', 'worker']],
    ['discovery', ['api', 'worker', 'frontend-gateway']],
    ['service', ['api', 'worker', 'frontend-gateway']],
  ])('keeps %s for %j', (lib, importers) => {
    expect(importersOf(lib)).toEqual(importers);
  });

  it('gives the page nothing but the contracts; contracts and timing are leaves', () => {
    expect(importTable.find(({ name }) => name === 'dashboard')?.libs).toEqual(['contracts']);
    for (const leaf of ['contracts', 'timing']) expect(importTable.find(({ name }) => name === leaf)?.libs).toEqual([]);
  });

  it('lets one lib only be Nest as a whole', () => {
    const wiring = importTable.filter(({ kind, inside }) => kind === 'lib' && inside === undefined);
    expect(wiring.map(({ name }) => name)).toEqual(['service']);
  });
});
