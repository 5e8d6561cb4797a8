import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundledLibs } from '../../rolldown.bundled.mjs';

const root = resolve(import.meta.dirname, '../../..');
const isRepository = existsSync(join(root, '.git'));
if (!isRepository) console.warn('NO GIT HISTORY IS HERE: THE RELEASE IS NOT TESTED');
const RELEASE_TIMEOUT_MS = 120_000;

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly targets?: Readonly<Record<string, object>> };
}

let copy: string;
/** Nothing of the run of Nx, and no hook of git, that this is part of. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT|NX)_|^NODE_OPTIONS$/.test(name))),
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_WORKSPACE_DATA_DIRECTORY: '.nx/workspace-data',
};
function run(program: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: copy, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}
const version = (...words: readonly string[]): string =>
  run(process.execPath, 'node_modules/nx/dist/bin/nx.js', 'release', 'version', ...words);
const read = (file: string): string => readFileSync(join(copy, file), 'utf8');
const manifestOf = (file: string): Manifest => JSON.parse(read(file)) as Manifest;
const projects = globSync('{apps,libs,tools}/*/package.json', { cwd: root }).toSorted();

/** The versions that a manifest has of itself and of what it needs of ours. */
const versionsIn = ({ version: own, dependencies, devDependencies, peerDependencies }: Manifest): Set<string> =>
  new Set([
    ...(own === undefined ? [] : [own]),
    ...Object.entries({ ...dependencies, ...devDependencies, ...peerDependencies })
      .filter(([name]) => name.startsWith('@nestfleet/'))
      .map(([, range]) => range),
  ]);

const release = isRepository ? describe : describe.skip;

release('nx release version', () => {
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'nestfleet-release-'));
    const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const listed = spawnSync('git', words, { cwd: root, encoding: 'utf8', env }).stdout;
    for (const file of listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path))))
      cpSync(join(root, file), join(copy, file));
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    // A fresh clone has one, and in this folder there is no other repository around it.
    run('git', 'init', '--quiet');
    run('git', 'add', '--all');
  }, RELEASE_TIMEOUT_MS);
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it(
    'says what it would do, and does nothing, with --dry-run',
    () => {
      const said = version('9.8.7', '--dry-run');
      expect(said).toContain('libs/state/package.json');
      expect(said).toMatch(/^\+ .*"@nestfleet\/timing": "9\.8\.7"/m);
      expect(run('git', 'diff', '--name-only')).toBe('');
    },
    RELEASE_TIMEOUT_MS,
  );

  it(
    'refuses a version that hides what the changelog calls breaking',
    () => {
      const kept = read('CHANGELOG.md');
      writeFileSync(
        join(copy, 'CHANGELOG.md'),
        kept.replace('## Unreleased', '## Unreleased\n\n### Breaking\n\n- `openState` has gone.'),
      );
      expect(() => version('0.1.1', '--dry-run')).toThrow('CHANGELOG.md has "### Breaking" under Unreleased');
      expect(() => version('0.2.0', '--dry-run')).not.toThrow();
      writeFileSync(join(copy, 'CHANGELOG.md'), kept);
    },
    RELEASE_TIMEOUT_MS,
  );

  it(
    'moves all projects, what they need of each other and the lock file to one version, and keeps what was released',
    () => {
      version('9.8.7');
      for (const file of ['package.json', ...projects])
        expect([file, [...versionsIn(manifestOf(file))]]).toEqual([file, ['9.8.7']]);
      const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Manifest> };
      const workspaces = Object.entries(packages).filter(([path]) => !path.startsWith('node_modules/'));
      expect(workspaces).toHaveLength(projects.length + 1);
      for (const [path, entry] of workspaces) expect([path, [...versionsIn(entry)]]).toEqual([path, ['9.8.7']]);
      expect(read('CHANGELOG.md')).toMatch(/^## Unreleased\n\n## 9\.8\.7 \(\d{4}-\d{2}-\d{2}\)\n/m);
      expect(read('libs/state/api/released/index.txt')).toBe(read('libs/state/api/index.api.md'));
    },
    RELEASE_TIMEOUT_MS,
  );
});

describe('nx release publish', () => {
  it('publishes each lib that is a package of its own, and the program that puts them into an app', () => {
    const publishable = projects.filter((file) => {
      const { nx } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
      return nx?.targets?.['nx-release-publish'] !== undefined;
    });
    const packages = projects.filter((file) => {
      const [, lib] = /^libs\/([^/]+)\//.exec(file) ?? [];
      return lib !== undefined && !bundledLibs.includes(lib);
    });
    expect(publishable).toEqual([...packages, 'tools/init/package.json']);
  });

  it('gives everybody the program, with its provenance and without a bill of materials, as it brings nothing', () => {
    const words =
      "import { programManifest } from './tools/rolldown.program.mjs'; console.log(JSON.stringify(programManifest('.', 'tools/init')));";
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', words], {
      cwd: root,
      encoding: 'utf8',
      env,
    });
    const manifest = JSON.parse(stdout) as Manifest;
    expect(manifest).toMatchObject({ name: 'nestfleet', publishConfig: { access: 'public', provenance: true } });
    expect(manifest).not.toHaveProperty('private');
    expect(manifest.dependencies).toBeUndefined();
    const { nx } = JSON.parse(readFileSync(join(root, 'tools/init/package.json'), 'utf8')) as Manifest;
    expect(nx?.targets?.['nx-release-publish']).toEqual({ dependsOn: ['build'] });
  });
});
