import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { rereadFile } from './reread-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-token-'));
  path = join(folder, 'token');
  writeFileSync(path, 'first\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('gives a token that was written anew, or renamed into place, within a second', () => {
  let nowMs = 0;
  const token = rereadFile(path, () => nowMs);
  expect(token()).toBe('first');
  writeFileSync(path, 'second, longer\n');
  nowMs += 999;
  expect(token()).toBe('first');
  nowMs += 1;
  expect(token()).toBe('second, longer');
  writeFileSync(`${path}.new`, 'the third one.\n');
  renameSync(`${path}.new`, path);
  nowMs += 1_000;
  expect(token()).toBe('the third one.');
});

it('keeps the last one while there is none', () => {
  let nowMs = 0;
  const token = rereadFile(path, () => nowMs);
  writeFileSync(path, '');
  nowMs += 1_000;
  expect(token()).toBe('first');
  rmSync(path);
  nowMs += 1_000;
  expect(token()).toBe('first');
  writeFileSync(path, 'again');
  nowMs += 1_000;
  expect(token()).toBe('again');
});

it('says at once that there is no file', () => {
  expect(() => rereadFile(join(folder, 'nothing'))).toThrow('ENOENT');
});
