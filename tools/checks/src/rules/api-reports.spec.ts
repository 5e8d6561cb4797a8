import { describe, expect, it } from '@jest/globals';
import { untold } from './api-reports.ts';

const point = { file: 'index.api.md', released: 'released/index.txt' };
const before = `## API Report File for "@nestfleet/state"

\`\`\`ts

import { Redis } from 'ioredis';

// @public
export function openState(name: string): State;

// @public (undocumented)
export interface State {
    // (undocumented)
    readonly name: string;
}

\`\`\`
`;
const more = `
// @public
export class Other {
    readonly name: string;
}
`;

/** What is found of a report, beside that of the last release. */
function findings(report: string, changelog = ''): string[] {
  const files: Record<string, string> = {
    [point.file]: report,
    [point.released]: before,
    ...(changelog === '' ? {} : { 'CHANGELOG.md': changelog }),
  };
  const workspace = { exists: (file: string) => file in files, read: (file: string) => files[file] ?? '' };
  return untold(workspace, point).map(({ message }) => message);
}

describe('untold', () => {
  it('takes what is only added, in another order', () => {
    const added = before
      .replace('    // (undocumented)\n', '    readonly later?: number;\n')
      .replace('import', '// import');
    expect(findings(added + more)).toEqual([]);
  });

  it.each([
    ['an export that is gone', before.replace(/export function.*\n/, ''), 'openState'],
    ['a parameter that is needed now', before.replace('name: string):', 'name: string, port: number):'), 'openState'],
    ['a member that is another one', before.replace('readonly name: string', 'readonly name: number'), 'State'],
    ['a member that another type has', before.replace('    readonly name: string;\n', '') + more, 'State'],
  ])('finds %s, until the changelog names it as breaking', (_, report, name) => {
    const found = [expect.stringMatching(`^breaks importers: ${name} has ".+" no longer`)];
    expect(findings(report)).toEqual(found);
    expect(findings(report, `## Unreleased\n\n### Added\n\n- \`${name}\`\n\n## 1.0.0\n\n### Removed\n`)).toEqual(found);
    expect(findings(report, `## Unreleased\n\n### Breaking\n\n- \`${name}()\` is another one.\n`)).toEqual([]);
  });

  it('has nothing to compare before the first release', () => {
    expect(untold({ exists: () => false, read: () => '' }, point)).toEqual([]);
  });
});
