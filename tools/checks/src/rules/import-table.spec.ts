import { describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { importTable } from './import-table.ts';

const libs = importTable.filter(({ kind }) => kind === 'lib').map(({ name }) => name);
const importersOf = (lib: string) =>
  importTable.filter((row) => row.kind === 'lib' && row.libs.includes(lib)).map(({ name }) => name);

describe('the import table', () => {
  it('has one row per project, and names libs only', () => {
    const names = importTable.map(({ name }) => name);
    expect(names).toHaveLength(new Set(names).size);
    for (const row of importTable) expect(libs).toEqual(expect.arrayContaining([...row.libs]));
  });

  it.each([
    ['redis', ['state', 'jobs']],
    ['timing', ['redis', 'discovery', 'state', 'jobs', 'outbox', 'service']],
    ['errors', ['redis', 'discovery', 'state', 'jobs', 'outbox']],
    ['state', []],
    ['jobs', []],
    ['outbox', []],
    ['discovery', []],
    ['service', []],
  ])('keeps %s for %j of the libs', (lib, importers) => {
    expect(importersOf(lib)).toEqual(importers);
  });

  it.each(SERVICE_NAMES)('has a row of %s, without the clients of servers', (name) => {
    expect(importTable.find((row) => row.kind === 'app' && row.name === name)?.libs).not.toContain('redis');
  });

  it('gives the page nothing but the contracts; contracts, errors and timing are leaves', () => {
    expect(importTable.find(({ name }) => name === 'dashboard')?.libs).toEqual(['contracts']);
    for (const leaf of ['contracts', 'errors', 'timing'])
      expect(importTable.find(({ name }) => name === leaf)?.libs).toEqual([]);
  });

  it('lets one lib only be Nest as a whole', () => {
    const wiring = importTable.filter(({ kind, inside }) => kind === 'lib' && inside === undefined);
    expect(wiring.map(({ name }) => name)).toEqual(['service']);
  });
});
