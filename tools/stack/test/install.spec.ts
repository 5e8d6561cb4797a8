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
const lock = (version: string): string =>
  JSON.stringify({
    packages: {
      '': {},
      'node_modules/one': { version },
      'node_modules/two': { version },
      'node_modules/@nestfleet/api': { link: true },
      'node_modules/of-elsewhere': { optional: true, os: ['plan9'] },
      'node_modules/of-here': { optional: true, os: process.platform, cpu: [process.arch], bin: { node: 'bin/node' } },
    },
  });

/** An `npm` that installs what the lock file of this test names. What it is to do beside that is in the file `npm-does`. */
const npm = `#!/bin/sh
[ "$1 $2" != 'config get' ] || { echo "$HOME/cache"; exit; }
echo "$*" >> npm-calls
rm -rf node_modules
for name in .bin one two of-here; do mkdir -p node_modules/$name; done
printf '#!/bin/sh\\nexec "${process.execPath}" "$@"\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
for name in one of-here; do echo {} > node_modules/$name/package.json; done
echo {} > node_modules/.package-lock.json
[ ! -e npm-does ] || . ./npm-does
echo {} > node_modules/two/package.json
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
  for (const path of ['Makefile', 'tools/stack/install.sh', 'tools/stack/on-fleet.sh', 'tools/stack/src/whole.mjs'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
  put('tools/stack/src/cli.ts', 'console.log(`asked: ${process.argv.slice(2).join(" ")}`);\n');
  put('package-lock.json', lock('1.0.0'));
  put('package.json', '{}');
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
    ['npm ends well, though a package is not there', 'exit 0', /did not install all[^]*node_modules\/two/],
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

  it('says that a fleet may be up where it cannot ask it', () => {
    make('install');
    put('node_modules/.bin/node', '');
    mkdirSync(join(clone, 'of this fleet'));
    put('of this fleet/fleet.json', '{}');
    const { status, said } = make(target, { STACK_DIR: 'of this fleet' });
    expect(status).not.toBe(0);
    expect(said).toContain('a fleet may be up, but it cannot be asked');
  });
});
