import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseSource } from './source.ts';
import { isAllowed } from './rules/licences.ts';
import { openWorkspace } from './workspace.ts';

describe('openWorkspace', () => {
  let root: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nestfleet-workspace-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('lists what git would track, without fixtures', () => {
    write('.gitignore', '# built\ndist/\nnode_modules/\n*.log\n\n.env\n');
    const ignored = ['dist/a.js', 'apps/api/dist/a.js', 'node_modules/a/package.json', 'apps/api/run.log', '.env'];
    for (const file of [...ignored, '.git/HEAD', 'tools/checks/test/fixtures/x/a.ts']) write(file, 'x');
    for (const file of ['apps/api/src/main.ts', '.ci/run', 'README.md']) write(file, 'x');
    expect(openWorkspace(root).files).toEqual(['.ci/run', '.gitignore', 'README.md', 'apps/api/src/main.ts']);
  });

  it('finds the projects by their package.json, and no deeper one', () => {
    write('package.json', '{}');
    write('apps/api/package.json', '{"name": "@nestfleet/api"}');
    write('apps/api/inner/package.json', '{}');
    write('tools/rolldown.mjs', '');
    expect(openWorkspace(root).projects).toEqual([
      { root: 'apps/api', kind: 'app', name: 'api', manifest: { name: '@nestfleet/api' } },
    ]);
  });
});

describe('parseSource', () => {
  it('keeps the script parts of a component on their lines', () => {
    const text =
      '<template>\n  <p />\n</template>\n<script lang="ts">\nconst a = 1;\n</script>\n<script setup>\nconst b = 2;\n</script>\n';
    const source = parseSource('Page.vue', text);
    const lines = source.statements.map((node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line);
    expect(lines).toEqual([4, 7]);
    expect(source.text).toHaveLength(text.length);
  });
});

describe('isAllowed', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['GPL-3.0 OR AGPL-3.0', false],
    ['MIT AND Apache-2.0', true],
    ['MIT AND GPL-3.0', false],
    ['SEE LICENSE IN LICENSE', false],
    ['', false],
  ])('%j: %s', (expression, allowed) => expect(isAllowed(expression)).toBe(allowed));
});
