import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { provedBugs } from './proved-bugs.ts';
import { type SeededBug, applyPatch, sourceChanges } from './seeded-bug.ts';

const root = resolve(import.meta.dirname, '../../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const patch = (find: string, replace = 'x') => ({ file: 'libs/a/src/b.ts', find, replace });

describe('a patch', () => {
  it('changes the one place that it fits', () => expect(applyPatch('abc', patch('b'))).toBe('axc'));
  it.each([
    ['nowhere', 'abc', 0],
    ['more than once', 'abcb', 2],
  ])('is refused where it fits %s', (_name, source, times) =>
    expect(() => applyPatch(source, patch(times === 0 ? 'z' : 'b'))).toThrow(`${times} times into libs/a/src/b.ts`),
  );
});

describe('changes of sources', () => {
  const lua = { file: 'libs/a/src/x/one.lua', find: "'b'", replace: "'c'" };
  const files: Record<string, string> = {
    'libs/a/src/x/one.lua': "return 'b'\n",
    'libs/a/src/lua.generated.ts': `  "one": ${JSON.stringify("return 'b'\n")},\n  "two": "return 'b'",\n`,
    'libs/a/src/b.ts': 'abc',
  };
  const readFake = (file: string): string => files[file] ?? '';

  it('of a script change the embedded text of that script alone', () => {
    const changes = sourceChanges([lua], readFake);
    expect([...changes.keys()]).toEqual(['libs/a/src/lua.generated.ts']);
    const changed = changes.get('libs/a/src/lua.generated.ts')?.(readFake('libs/a/src/lua.generated.ts'));
    expect(changed).toBe(`  "one": ${JSON.stringify("return 'c'\n")},\n  "two": "return 'b'",\n`);
  });
  it('are several in one file', () => {
    const changes = sourceChanges([patch('a', '1'), patch('c', '2')], readFake);
    expect(changes.get('libs/a/src/b.ts')?.('abc')).toBe('1b2');
  });
  it('are refused at once where one does not fit', () =>
    expect(() => sourceChanges([patch('z')], readFake)).toThrow(/0 times/));
  it('are refused where the embedded script is older than its file', () =>
    expect(() =>
      sourceChanges([lua], (file) => (file.endsWith('.lua') ? "return 'b' -- new" : readFake(file))),
    ).toThrow(/lua\.generated/));
});

it('all seeded bugs fit beside each other', () =>
  expect(
    sourceChanges(
      provedBugs.flatMap(({ patches }) => patches),
      read,
    ).size,
  ).toBeGreaterThan(1));

// Who changes a source that a bug is seeded into is told here, and not by a proof that no longer proves anything.
describe.each(provedBugs.map((bug): [string, SeededBug] => [bug.name, bug]))('the seeded bug %s', (_name, bug) => {
  it('fits into the sources as they are', () => expect(sourceChanges(bug.patches, read).size).toBeGreaterThan(0));
  it('changes each of its files', () => {
    for (const [file, change] of sourceChanges(bug.patches, read)) expect(change(read(file))).not.toBe(read(file));
  });
});
