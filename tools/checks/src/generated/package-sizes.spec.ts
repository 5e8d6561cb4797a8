import { describe, expect, it } from '@jest/globals';
import { beyondBudget, makeSizesPage } from './package-sizes.ts';

const state = { name: '@nestfleet/state', size: 10_000, unpackedSize: 40_000, entryCount: 100 };
const table = makeSizesPage([state]);

describe('beyondBudget', () => {
  it('takes what is within a tenth of the table', () => {
    expect(table).toContain('\n| `@nestfleet/state` | 10,000 | 40,000 | 100 |\n');
    expect(beyondBudget(table, [{ ...state, size: 11_000, unpackedSize: 36_000, entryCount: 110 }])).toEqual([]);
  });

  it.each([
    ['tarball', { size: 11_001 }, 'tarball, bytes 11,001, the table has 10,000'],
    ['unpacked', { unpackedSize: 44_001 }, 'unpacked, bytes 44,001, the table has 40,000'],
    ['files', { entryCount: 111 }, 'files 111, the table has 100'],
    ['files, far fewer', { entryCount: 89 }, 'files 89, the table has 100'],
  ])('says what is beyond it: %s', (_, change, words) => {
    expect(beyondBudget(table, [{ ...state, ...change }])).toEqual([`@nestfleet/state: ${words}`]);
  });

  it('says which package has no row, and which row no package', () => {
    expect(beyondBudget(table, [{ ...state, name: '@nestfleet/jobs' }])).toEqual([
      '@nestfleet/jobs has no row',
      '@nestfleet/state is no package',
    ]);
  });
});
