import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { changedLines, unifiedDiff } from '../src/diff.ts';
import { planInit } from '../src/plan.ts';
import { LINES_MAX } from '../src/programs.ts';
import { fixtures, folderOf, generatedApps, readArchive } from './generated-apps.ts';

const options = { redis: false, version: '0.1.0' };

describe.each(generatedApps)('$name, as its generator writes it', ({ name, app }) => {
  const files = readArchive(name);
  const { changes } = planInit(folderOf(files), { ...options, app });

  it('gets what its diff says, as write-diffs.ts writes it', () => {
    expect(unifiedDiff(changes)).toBe(readFileSync(join(fixtures, `${name}.diff`), 'utf8'));
  });

  it('has few lines changed in its own files', () => {
    expect(changedLines(changes)).toBeGreaterThan(0);
    expect(changedLines(changes)).toBeLessThanOrEqual(LINES_MAX);
  });

  it('is left alone by a second run', () => {
    const changed = new Map([...files, ...changes.map(({ path, after }) => [path, after] as const)]);
    expect(planInit(folderOf(changed), { ...options, app })).toMatchObject({ changes: [], notes: [] });
  });
});

it('changes as few lines as the README of the repository promises', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
  expect(/generated it changes (\d+) lines at most/.exec(text)?.[1]).toBe(String(LINES_MAX));
});
