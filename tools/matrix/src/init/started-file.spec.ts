import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startedFile } from './started-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-dockerfile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(text: string): string {
  const path = join(folder, 'Dockerfile');
  writeFileSync(path, text);
  return startedFile(path);
}

describe('startedFile', () => {
  it('is that of CMD, and not of the health check', () => {
    const check = 'HEALTHCHECK --interval=5s \\\n  CMD ["node", "-e", "check()"]\n';
    expect(fileOf(`FROM node\n${check}CMD ["node", "dist/apps/shop/main.js"]\n`)).toBe('dist/apps/shop/main.js');
  });

  it.each([
    ['no CMD', 'FROM node\n', 'has no CMD'],
    ['a shell', 'CMD node dist/main.js\n', 'JSON'],
    ['another program', 'CMD ["npm", "start"]\n', 'expected'],
  ])('is refused where there is %s', (_what, text, words) => {
    expect(() => fileOf(text)).toThrow(words);
  });
});
