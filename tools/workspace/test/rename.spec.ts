import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { spellingsOf } from '../src/rename/spellings.ts';

const root = resolve(import.meta.dirname, '../../..');
const isRepository = existsSync(join(root, '.git'));
if (!isRepository) console.warn('NO GIT HISTORY IS HERE: THE RENAMING IS NOT TESTED');

/** In two parts, or this file would have the word, and nothing could be called so. */
const target = ['sour', 'cherry'].join('-');
const { title, constant, snake } = spellingsOf(target);
const present = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string }).name;
/** In any form, within words too where the name is long enough to be no accident. */
const anyForm = present.split('-').join('[^A-Za-z0-9]?');
const traces = new RegExp(present.length > 5 ? anyForm : `(?<![a-z0-9])${anyForm}(?![a-z0-9])`, 'gi');

let copy: string;
/** A hook of git that runs the tests says which repository it is of; that is not the copy. */
const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('GIT_')));
const run = (program: string, ...words: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: copy, encoding: 'utf8', env });
  return { status, stdout, said: `${stdout}${stderr}` };
};
const git = (...words: readonly string[]): string => run('git', ...words).stdout;
const rename = (name: string, ...more: readonly string[]) =>
  run(process.execPath, join(root, 'tools/workspace/src/rename.ts'), '--root', copy, `--name=${name}`, ...more);
const tracked = (): string[] => git('ls-files', '-z').split('\0').slice(0, -1);
const read = (path: string): string => readFileSync(join(copy, path), 'utf8');

interface Package {
  name?: string;
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
}
const manifestIn = (folder: string): Package => JSON.parse(read(`${folder}/package.json`)) as Package;

const isJson = (text: string): boolean => {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
};
const isYaml = (text: string): boolean => parseAllDocuments(text).every(({ errors }) => errors.length === 0);
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  '.json': isJson,
  '.yaml': isYaml,
  '.yml': isYaml,
};

/** The copy holds what would be committed, and is committed. */
beforeAll(() => {
  if (!isRepository) return;
  copy = root;
  const paths = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  copy = mkdtempSync(join(tmpdir(), 'nestfleet-rename-'));
  for (const path of paths) if (path !== '' && existsSync(join(root, path))) cpSync(join(root, path), join(copy, path));
  git('init', '--quiet');
  git('add', '--all');
  const settings = [
    'user.name=test',
    'user.email=test@example.org',
    'commit.gpgSign=false',
    'core.hooksPath=/dev/null',
  ];
  git(...settings.flatMap((setting) => ['-c', setting]), 'commit', '--quiet', '--message=all');
}, 60_000);
afterAll(() => {
  if (isRepository) rmSync(copy, { recursive: true, force: true });
});

const describeRepository = isRepository ? describe : describe.skip;

describeRepository('a name that the repository cannot have now', () => {
  it.each([
    ['no label', title, 64, /expected small letters/],
    ['none', '', 64, /say the new name/],
    ['a word of its files', 'redis', 64, /a word that .+ has already/],
    ['its own', present, 0, /already; nothing to do/],
  ])('is %s', (_, name, code, words) => {
    expect(rename(name)).toMatchObject({ status: code, said: expect.stringMatching(words) });
    expect(git('status', '--porcelain')).toBe('');
  });

  it('is any where not all is committed', () => {
    const was = read('Makefile');
    writeFileSync(join(copy, 'Makefile'), `${was}# more\n`);
    expect(rename(target)).toMatchObject({ status: 1, said: expect.stringMatching(/not all is committed .*Makefile/) });
    expect(git('diff', '--shortstat')).toContain(' 1 file changed, 1 insertion');
    writeFileSync(join(copy, 'Makefile'), was);
  });
});

describeRepository('a renamed repository', () => {
  let renamed: ReturnType<typeof rename>;
  beforeAll(() => {
    renamed = rename(target);
  }, 180_000);

  it('says what comes next, and of the pictures last', () =>
    expect(renamed).toMatchObject({ status: 0, said: expect.stringMatching(/next: make install[^]*pictures .*\n$/) }));

  it('keeps the old name where README says so, and nowhere else', () => {
    const kept = ['LICENSE', 'CHANGELOG.md', 'docs/dashboard.png'];
    const found = tracked()
      .filter((path) => !kept.includes(path))
      .flatMap((path) => [path, ...read(path).split('\n')])
      // An example of the command may have the name by chance.
      .filter((line) => line.replace(/\bNAME=[a-z0-9-]+/g, '').search(traces) !== -1);
    const origin = /^Made from .+, whose licence notice is in \[LICENSE\]\(LICENSE\)\.$/m;
    expect(read('README.md')).toMatch(origin);
    expect(found.filter((line) => !origin.test(line))).toEqual([]);
    expect(git('diff', 'HEAD', '--stat', '--', ...kept)).toBe('');
  });

  it('has the new one in every form', () => {
    expect(read('README.md')).toMatch(new RegExp(`^# ${title}\n`));
    expect(manifestIn('apps/api')).toMatchObject({ name: `@${target}/api` });
    expect(read('deploy/compose.yaml')).toMatch(
      new RegExp(`^ +image: ${target}/api:\\$\\{${constant}_TAG:-dev\\}$`, 'm'),
    );
    expect(read(`deploy/prometheus/rules/${target}.yml`)).toContain(`${snake}_dependency_up{`);
    expect(tracked()).toContain(`deploy/prometheus/rules/${target}.yml`);
  });

  it('is whole: what was JSON or YAML is so still', () => {
    const broken = git('diff', 'HEAD', '--name-only', '-z', '--no-renames')
      .split('\0')
      .filter((path) => existsSync(join(copy, path)) && formats[extname(path)]?.(read(path)) === false);
    expect(broken).toEqual([]);
  });

  it('has a lock file that fits its packages, in the order of npm', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> };
    const order = Object.keys(packages);
    expect(order).toEqual(order.toSorted((a, b) => a.localeCompare(b, 'en')));
    const folders = tracked().flatMap((path) => /^((?:apps|libs|tools)\/[^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(folders).not.toEqual([]);
    for (const folder of folders) {
      const { name = '', dependencies } = manifestIn(folder);
      expect(packages[folder]?.name).toBe(name);
      expect(packages[folder]?.dependencies).toEqual(dependencies);
      expect(packages[`node_modules/${name}`]).toEqual({ resolved: folder, link: true });
    }
  });

  it('is as prettier writes it: columns and long lines', () => {
    const files = ['README.md', 'deploy/README.md', 'libs/discovery/README.md', 'tools/checks/src', 'libs/state/src'];
    const prettier = join(root, 'node_modules/prettier/bin/prettier.cjs');
    expect(run(process.execPath, prettier, '--check', ...files)).toMatchObject({ status: 0 });
  }, 60_000);

  it('has its programs as programs still', () => expect(git('diff', 'HEAD', '--summary')).not.toContain('mode change'));

  it('can be undone, and the name is the old one then', () => {
    git('reset', '--quiet', '--hard');
    expect(git('status', '--porcelain')).toBe('');
    expect(rename(present).status).toBe(0);
  });
});
