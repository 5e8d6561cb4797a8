import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copyOverlays } from './copy-overlays.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nestfleet-overlays-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

it('copies no secret, and puts an empty one where an overlay asks for it', () => {
  const files = {
    'overlays/dev/kustomization.yaml': 'secretGenerator: [{ name: s, files: [secrets/redis_url, secrets/ops_token] }]',
    'overlays/dev/secrets/redis_url': 'redis://secret',
    'overlays/production/kustomization.yaml': 'resources: [../../base]',
    'base/kustomization.yaml': '',
  };
  for (const [file, text] of Object.entries(files)) {
    const path = join(root, 'deploy/kubernetes', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const copy = join(root, 'copy');
  const listed = Object.keys(files).map((file) => `deploy/kubernetes/${file}`);
  const folders = copyOverlays(root, listed, copy);
  expect([...folders]).toEqual([
    ['dev', join(copy, 'overlays/dev')],
    ['production', join(copy, 'overlays/production')],
  ]);
  expect(readFileSync(join(copy, 'overlays/dev/secrets/redis_url'), 'utf8')).toBe('');
  expect(readFileSync(join(copy, 'overlays/dev/secrets/ops_token'), 'utf8')).toBe('');
  expect(existsSync(join(copy, 'base/kustomization.yaml'))).toBe(true);
  expect(existsSync(join(copy, 'overlays/production/secrets'))).toBe(false);
});
