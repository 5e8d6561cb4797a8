import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openFolder } from './node-folder.ts';

it('openFolder reads files, and finds projects but in what is installed or built', () => {
  const root = mkdtempSync(join(tmpdir(), 'nestfleet-init-'));
  try {
    const files = [
      'package.json',
      'apps/shop/project.json',
      'apps/shop/dist/package.json',
      'libs/prices/package.json',
      'node_modules/a/package.json',
      '.nx/b/package.json',
    ];
    for (const file of files) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), file);
    }
    const folder = openFolder(root);
    expect(folder.projects).toEqual(['apps/shop', 'libs/prices']);
    expect(folder.read('apps/shop/project.json')).toBe('apps/shop/project.json');
    expect([folder.read('gone.json'), folder.read('package.json/gone')]).toEqual([undefined, undefined]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
