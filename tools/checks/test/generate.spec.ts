import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeDocuments } from '../src/generated/write.ts';
import { environment, firstDifference, openapi } from '../src/rules/generated.ts';
import { openWorkspace, type Workspace } from '../src/workspace.ts';

let root: string;
const open = (): Workspace => openWorkspace(root, { dist: 'bundles' });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nestfleet-checks-'));
  cpSync(`${import.meta.dirname}/fixtures/clean`, root, { recursive: true });
  for (const file of ['apps/api/openapi.json', 'docs/environment.md']) rmSync(join(root, file));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('writeDocuments', () => {
  it('writes what the rules want, once', async () => {
    expect(await openapi.check(open())).toHaveLength(1);
    expect(await writeDocuments(open())).toEqual(['apps/api/openapi.json', 'docs/environment.md']);
    expect([...(await openapi.check(open())), ...(await environment.check(open()))]).toEqual([]);
    expect(await writeDocuments(open())).toEqual([]);
  });

  it('brings back a document that was edited by hand', async () => {
    await writeDocuments(open());
    const file = join(root, 'docs/environment.md');
    const made = readFileSync(file, 'utf8');
    writeFileSync(file, made.replace('3000', '4000'));
    expect(await environment.check(open())).toHaveLength(1);
    expect(await writeDocuments(open())).toEqual(['docs/environment.md']);
    expect(readFileSync(file, 'utf8')).toBe(made);
  });

  it('gives each variable a row, marks secrets, and keeps the table whole', async () => {
    await writeDocuments(open());
    const rows = readFileSync(join(root, 'docs/environment.md'), 'utf8').split('\n');
    expect(rows).toContain('| `PORT` | integer 0 to 65535 | `3000` |  | Port of HTTP \\| 0 is any |');
    expect(rows).toContain('| `SESSION_KEYS` (secret) | string |  | in production | Signs cookies |');
  });
});

describe('firstDifference', () => {
  it.each([
    ['a\nb\n', 'a\nb\n', undefined],
    ['a\nb\n', 'a\nc\n', 2],
    ['a\n', 'a\nb\n', 2],
    ['a\nb\n', 'a\n', 2],
  ])('%j and %j: %s', (kept, made, line) => {
    expect(firstDifference(kept, made)).toBe(line);
  });
});
