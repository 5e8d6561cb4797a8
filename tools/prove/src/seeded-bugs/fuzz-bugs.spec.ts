import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { provedBugs } from './proved-bugs.ts';
import { sourceChanges } from './seeded-bug.ts';
import { suiteBugs } from './suite-bugs.ts';
import { edgeBugs } from './edge-bugs.ts';
import { fuzzBugs } from './fuzz-bugs.ts';
import { testBuilds } from './test-builds.ts';

const root = resolve(import.meta.dirname, '../../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

// Who changes a source that a bug is patched into is told here, and not by a proof that no longer proves anything.
describe.each([...fuzzBugs, ...edgeBugs, ...suiteBugs, ...testBuilds])('the seeded bug $name', ({ patches }) => {
  it('fits into the sources as they are, and changes each of its files', () => {
    const changes = sourceChanges(patches, read);
    expect(changes.size).toBeGreaterThan(0);
    for (const [file, change] of changes) expect(change(read(file))).not.toBe(read(file));
  });
});

it('no two bugs have one name', () => {
  const names = [...fuzzBugs, ...edgeBugs, ...suiteBugs, ...provedBugs, ...testBuilds].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
