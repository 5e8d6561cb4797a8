import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const root = resolve(import.meta.dirname, '../../..');
const lock = (version: string, name = 'before'): string =>
  JSON.stringify({
    name,
    packages: {
      '': {},
      'apps/api': { version: '0.1.0' },
      'node_modules/one': { version, bin: { one: 'program' } },
      'node_modules/two': { name: 'two-by-its-real-name', version },
      'node_modules/@nestfleet/api': { resolved: 'apps/api', link: true },
      'node_modules/of-elsewhere': { optional: true, os: ['plan9'] },
      'node_modules/of-here': {
        version,
        optional: true,
        os: process.platform,
        cpu: [process.arch],
        bin: { node: 'bin/node' },
      },
    },
  });

/** An `npm` that installs what the lock file of this test names. What it is to do beside that is in the file `npm-does`. */
const npm = `#!/bin/sh
[ "$1 $2" != 'config get' ] || { echo "$HOME/cache"; exit; }
echo "$*" >> npm-calls
rm -rf node_modules
for name in .bin .cache one/lib two of-here @nestfleet; do mkdir -p node_modules/$name; done
printf '#!/bin/sh\\nexec "${process.execPath}" "$@"\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
version=$(grep -o '[0-9][.]0[.]0' package-lock.json | head -n 1)
manifest() { echo "{\\"name\\": \\"$1\\", \\"version\\": \\"$version\\"}"; }
manifest one > node_modules/one/package.json
manifest two-by-its-real-name > node_modules/two/package.json
manifest of-here > node_modules/of-here/package.json
echo 'export const a = 1;' > node_modules/one/lib/deep.js
: > node_modules/one/lib/empty.js
echo '#!/bin/sh' > node_modules/one/program && chmod +x node_modules/one/program
ln -s ../one/program node_modules/.bin/one
ln -s ../../apps/api node_modules/@nestfleet/api
echo {} > node_modules/.package-lock.json
: > node_modules/.cache/of-a-tool
[ ! -e npm-does ] || . ./npm-does
`;
/** All that is free, in kB, is in the file `free`. */
const df = '#!/bin/sh\nprintf "Filesystem\\ndisk 1 1 %s 1%% /\\n" "$(cat free)"\n';

let clone: string;
const program = (name: string, script: string): void => {
  mkdirSync(join(clone, 'bin'), { recursive: true });
  writeFileSync(join(clone, 'bin', name), script);
  chmodSync(join(clone, 'bin', name), 0o755);
};
const put = (path: string, text: string): void => writeFileSync(join(clone, path), text);
const linkNowhere = (path: string): void => {
  rmSync(join(clone, path));
  symlinkSync('../of-nowhere', join(clone, path));
};
const calls = (): number =>
  existsSync(join(clone, 'npm-calls')) ? readFileSync(join(clone, 'npm-calls'), 'utf8').split('\n').length - 1 : 0;
const isInstalled = (): boolean => existsSync(join(clone, 'node_modules'));

/** As a person calls it, PATH with the clone's own programs first, as CONTRIBUTING says. */
function make(target: string, env: NodeJS.ProcessEnv = {}) {
  const PATH = `${clone}/node_modules/.bin:${clone}/bin:/usr/bin:/bin`;
  const options = { cwd: clone, encoding: 'utf8', env: { HOME: clone, PATH, ...env } } as const;
  const { status, stdout, stderr } = spawnSync('make', ['-s', target], options);
  return { status, said: `${stdout}${stderr}` };
}

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'nestfleet install-'));
  for (const path of ['Makefile', 'tools/fleet/install.sh', 'tools/fleet/on-fleet.sh', 'tools/fleet/src/whole.mjs'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  put('tools/fleet/src/cli.ts', 'console.log(`asked: ${process.argv.slice(2).join(" ")}`);\n');
  put('package-lock.json', lock('1.0.0'));
  put('package.json', '{}');
  mkdirSync(join(clone, 'apps/api'), { recursive: true });
  put('apps/api/package.json', '{ "name": "@nestfleet/api", "version": "0.1.0" }');
  put('free', '9000000');
  program('node', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  program('npm', npm);
  program('df', df);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

describe('make install', () => {
  it('installs once, and again when the lock file is another one', () => {
    expect(make('install')).toEqual({ status: 0, said: expect.stringContaining('installing the packages') });
    expect(make('install')).toEqual({ status: 0, said: '' });
    expect(calls()).toBe(1);
    put('package-lock.json', lock('2.0.0'));
    expect(make('install').status).toBe(0);
    expect(calls()).toBe(2);
  });

  it.each([
    ['npm fails', 'echo E404 >&2; exit 1', /E404[^]*npm ci failed[^]*nothing of it is left/],
    ['npm is killed', 'kill -9 $$', /npm ci failed[^]*nothing of it is left/],
    ['npm ends well, though a file did not fit', 'echo npm warn tar TAR_ENTRY_ERROR ENOSPC >&2', /ENOSPC[^]*full disk/],
    [
      'npm ends well, though a package is not there',
      'rm -r node_modules/two',
      /did not install all[^]*node_modules\/two/,
    ],
    [
      'a file was written to its half',
      'printf {\\"na > node_modules/two/package.json',
      /did not install all[^]*node_modules\/two/,
    ],
    [
      'another version came',
      'version=9.0.0; manifest one > node_modules/one/package.json',
      /did not install all[^]*node_modules\/one/,
    ],
    ['no link to a workspace was made', 'rm -r node_modules/@nestfleet', /did not install all[^]*@nestfleet\/api/],
    ['a program was not linked', 'rm node_modules/.bin/one', /did not install all[^]*\.bin\/one/],
    ['npm leaves out the package of this platform', 'rm -r node_modules/of-here', /did not install all[^]*of-here/],
    ['the Node that came is not whole', ': > node_modules/.bin/node', /did not install all/],
  ])('leaves nothing when %s, and begins anew the next time', (_, does, words) => {
    put('npm-does', does);
    const { status, said } = make('install');
    expect(status).not.toBe(0);
    expect(said).toMatch(words);
    expect(isInstalled()).toBe(false);
    rmSync(join(clone, 'npm-does'));
    expect(make('install').status).toBe(0);
    expect(calls()).toBe(2);
  });

  it('takes for whole nothing that broke off with all of this script', () => {
    // What kill -9 of everything leaves: no stamp, whatever else is there.
    make('install');
    rmSync(join(clone, 'node_modules/.installed'));
    expect(make('install').said).toContain('installing');
    expect(make('install').said).toBe('');
  });

  it.each([
    ['a package is gone', () => rmSync(join(clone, 'node_modules/one'), { recursive: true })],
    ['a package is empty', () => put('node_modules/one/package.json', '')],
    ['a package is cut in the middle', () => put('node_modules/one/package.json', '{"name": "on')],
    ['a package is another one', () => put('node_modules/one/package.json', '{"name":"two", "version":"1.0.0"}')],
    ['a folder in a package is gone', () => rmSync(join(clone, 'node_modules/one/lib'), { recursive: true })],
    ['a file deep in a package is empty', () => put('node_modules/one/lib/deep.js', '')],
    ['a file deep in a package is cut in the middle', () => put('node_modules/one/lib/deep.js', 'export con')],
    ['a file that was empty is gone', () => rmSync(join(clone, 'node_modules/one/lib/empty.js'))],
    [
      'a file has become a folder',
      () => (
        rmSync(join(clone, 'node_modules/one/lib/empty.js')),
        mkdirSync(join(clone, 'node_modules/one/lib/empty.js'))
      ),
    ],
    ['a program may not be run any more', () => chmodSync(join(clone, 'node_modules/one/program'), 0o644)],
    ['the link of a program is gone', () => rmSync(join(clone, 'node_modules/.bin/one'))],
    [
      'the link of a program is a copy',
      () => (rmSync(join(clone, 'node_modules/.bin/one')), put('node_modules/.bin/one', '#!/bin/sh\n')),
    ],
    ['the links of the workspaces are gone', () => rmSync(join(clone, 'node_modules/@nestfleet'), { recursive: true })],
    ['the link of a workspace leads elsewhere', () => linkNowhere('node_modules/@nestfleet/api')],
    ['the list of what was installed is gone', () => rmSync(join(clone, 'node_modules/.installed-files'))],
    ['the list of what was installed is cut', () => put('node_modules/.installed-files', '{"node_mod')],
    ['its Node is gone', () => rmSync(join(clone, 'node_modules/.bin/node'))],
    ['its Node is a link to nowhere', () => linkNowhere('node_modules/.bin/node')],
    ['its programs are gone', () => rmSync(join(clone, 'node_modules/.bin'), { recursive: true })],
    ['its Node is cut to nothing', () => put('node_modules/.bin/node', '')],
    ['its Node is cut in the middle', () => put('node_modules/.bin/node', '\x7fELF\x02\x01\x01')],
    ['its Node does not run', () => put('node_modules/.bin/node', '#!/bin/sh\nkill -SEGV $$\n')],
  ])('finds out that %s, and mends it with the Node outside', (_, harm) => {
    make('install');
    harm();
    expect(make('install')).toEqual({ status: 0, said: expect.stringContaining('installing') });
    expect(make('install').said).toBe('');
  });

  it('says what was not whole', () => {
    make('install');
    put('node_modules/one/lib/deep.js', '');
    expect(make('install').said).toContain(
      'not whole: missing or not as it was installed: node_modules/one/lib/deep.js\n',
    );
  });

  it('minds nothing that came since, nor what tools keep in there', () => {
    make('install');
    put('node_modules/one/lib/new.js', '');
    put('node_modules/.cache/of-a-tool', 'of its next run');
    put('apps/api/package.json', '{ "of": "the next commit" }');
    expect(make('install')).toEqual({ status: 0, said: '' });
    expect(calls()).toBe(1);
  });

  it('looks for room first, and names both sides', () => {
    put('free', '59392');
    const { status, said } = make('install');
    expect(status).not.toBe(0);
    expect(said).toMatch(/needs \d{3,4} MB of room in .* and 58 MB are free/);
    expect([calls(), isInstalled()]).toEqual([0, false]);
  });

  it('looks for Node outside the folder that it fills', () => {
    make('install');
    rmSync(join(clone, 'node_modules/one'), { recursive: true });
    program('node', '#!/bin/sh\nexit 1\n');
    expect(make('install').said).toMatch(/bin\/node does not run/);
    program('node', '#!/bin/sh\necho 18.1.0\n');
    expect(make('install').said).toContain('Node is 18.1.0: 20 or newer is needed');
  });

  it('is done once when two ask at the same time', () => {
    const both = 'make -s install & make -s install; code=$?; wait $! && exit $code';
    const PATH = `${clone}/bin:/usr/bin:/bin`;
    const { status } = spawnSync('sh', ['-c', both], { cwd: clone, env: { HOME: clone, PATH } });
    expect([status, calls()]).toEqual([0, 1]);
  });
});

describe.each(['ps', 'logs', 'down', 'clean'])('make %s', (target) => {
  it('asks the fleet where all is installed, though the lock file has become another one', () => {
    make('install');
    put('package-lock.json', lock('2.0.0'));
    expect(make(target)).toEqual({ status: 0, said: `asked: ${target}\n` });
  });

  it('waits for no installation', () => {
    expect(make(target)).toEqual({ status: 0, said: 'nothing is installed here, so no fleet is up\n' });
  });

  it.each([
    ['a program is empty', () => put('node_modules/.bin/node', '')],
    ['the repository was renamed', () => put('package-lock.json', lock('1.0.0', 'after'))],
  ])('says that a fleet may be up where it cannot ask it: %s', (_, harm) => {
    make('install');
    harm();
    mkdirSync(join(clone, 'of this fleet'));
    put('of this fleet/fleet.json', '{}');
    const { status, said } = make(target, { STACK_DIR: 'of this fleet' });
    expect(status).not.toBe(0);
    expect(said).toContain('a fleet may be up, but it cannot be asked');
  });
});
