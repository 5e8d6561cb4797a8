import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../../..');

/** File and line → the rule of .oxlintrc.json that falls on it. What the fixture holds besides shows what is allowed. */
const expected = [
  'apps/api/src/a.ts:1 import(no-cycle)',
  'apps/api/src/b.ts:1 import(no-cycle)',
  'apps/api/src/c.ts:1 import(no-cycle)',
  'apps/api/src/default-class.ts:1 import(no-default-export)',
  'apps/api/src/default-name.ts:2 import(no-default-export)',
  'apps/api/src/default-value.ts:1 import(no-default-export)',
  'apps/api/src/environment.ts:1 eslint(no-restricted-imports)',
  'apps/api/src/environment.ts:2 node(no-process-env)',
  'apps/api/src/focus.spec.ts:2 jest(no-focused-tests)',
  'apps/api/src/focus.spec.ts:3 jest(no-disabled-tests)',
  'apps/api/src/focus.spec.ts:4 jest(no-disabled-tests)',
  'apps/api/src/focus.spec.ts:5 jest(no-focused-tests)',
  'apps/api/src/long.spec.ts:401 eslint(max-lines)',
  'apps/api/src/long.ts:401 eslint(max-lines)',
  'apps/api/src/notes.ts:1 eslint(no-warning-comments)',
  'apps/api/src/notes.ts:2 eslint(no-warning-comments)',
  'apps/api/src/star-as.ts:1 oxc(no-barrel-file)',
  'apps/api/src/star.ts:1 oxc(no-barrel-file)',
  'apps/api/src/suppressed.ts:1 typescript(ban-ts-comment)',
  'apps/api/src/suppressed.ts:3 typescript(ban-ts-comment)',
  'apps/api/src/types.ts:1 typescript(no-explicit-any)',
  'apps/api/src/types.ts:2 typescript(no-explicit-any)',
  'apps/dashboard/src/Page.vue:6 typescript(no-explicit-any)',
];

/** Of 400 lines, the last one with an export. */
const long = (lines: number): string => `${'\n'.repeat(lines - 1)}export const a = 1;\n`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-oxlint-'));
  cpSync(`${import.meta.dirname}/fixtures/oxlint`, folder, { recursive: true });
  cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
  for (const name of ['long.ts', 'long.spec.ts', 'lua.generated.ts'])
    writeFileSync(join(folder, 'apps/api/src', name), long(401));
  writeFileSync(join(folder, 'apps/api/src/fits.ts'), long(400));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the configuration of oxlint finds what each bad line breaks, and nothing else', () => {
  const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['-f', 'unix', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const found = [...stdout.matchAll(/^([^:\n]+:\d+):\d+: .* \[Error\/(\S+)\]$/gm)].map(
    ([, place, rule]) => `${place} ${rule}`,
  );
  expect({ found: found.toSorted(), stderr }).toEqual({ found: expected, stderr: '' });
});
