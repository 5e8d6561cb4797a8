import { expect, it } from '@jest/globals';
import { type Change, planRename, takenIn, type TextFile } from './plan.ts';

const files: readonly TextFile[] = [
  { path: 'LICENSE', text: 'Copyright Quince authors\n' },
  { path: 'CHANGELOG.md', text: 'quince began, beside medlar\n' },
  { path: 'README.md', text: '# Quince\n' },
  { path: 'rules/quince.yml', text: 'job: quince\n' },
  { path: 'empty/quince.txt', text: '' },
  { path: 'other.txt', text: 'nothing of it\n' },
];

/** The files as the changes leave them. */
const after = (before: readonly TextFile[], changes: readonly Change[]): TextFile[] =>
  before.map((file) => changes.find(({ from }) => from === file.path)?.to ?? file);
const renamed = (before: readonly TextFile[], from: string, to: string) => after(before, planRename(before, from, to));
const textOf = (path: string, of: readonly TextFile[]) => of.find((file) => file.path === path)?.text;

it('changes texts and paths, and keeps the licence and the history', () => {
  const changes = planRename(files, 'quince', 'medlar');
  expect(changes.map(({ from, to }) => [from, to.path])).toEqual([
    ['README.md', 'README.md'],
    ['rules/quince.yml', 'rules/medlar.yml'],
    ['empty/quince.txt', 'empty/medlar.txt'],
  ]);
  expect(textOf('rules/medlar.yml', after(files, changes))).toBe('job: medlar\n');
});

it('says in README where the repository came from, once and for ever', () => {
  const first = renamed(files, 'quince', 'medlar');
  const line = 'Made from Quince, whose licence notice is in [LICENSE](LICENSE).\n';
  expect(textOf('README.md', first)).toBe(`# Medlar\n\n${line}`);
  const second = renamed(first, 'medlar', 'sour-rose');
  expect(textOf('README.md', second)).toBe(`# Sour Rose\n\n${line}`);
  expect(renamed(second, 'sour-rose', 'quince')).toEqual(files);
});

it.each([
  ['medlar', undefined],
  ['rules', 'rules/quince.yml'],
  ['job', 'rules/quince.yml'],
  ['nothing', 'other.txt'],
  ['authors', undefined],
])('finds %s taken in %s', (name, path) => expect(takenIn(files, 'quince', name)).toBe(path));

it('does not find a name taken where the first one is said', () => {
  expect(takenIn(renamed(files, 'quince', 'medlar'), 'medlar', 'quince')).toBeUndefined();
});
