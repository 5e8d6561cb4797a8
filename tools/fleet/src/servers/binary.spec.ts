import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findHere, findOnPath, inspect, isAtLeast, parseVersion, type Program } from './binary.ts';

const program: Program = { name: 'fake-server', variable: 'FAKE', versionArgument: '--version', oldest: '6.2.0' };

describe('versions', () => {
  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
    ['Consul v1.8.7\nProtocol 2 spoken by default', '1.8.7'],
    ['Consul v1.22.5+ent', '1.22.5'],
    ['postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)', '15.13'],
    ['nothing of use', undefined],
  ])('reads %j', (printed, version) => {
    expect(parseVersion(printed)).toBe(version);
  });

  it.each([
    ['6.2.0', true],
    ['6.10.1', true],
    ['10.0.0', true],
    ['6.1.9', false],
    ['5.9.9', false],
  ])('%s against 6.2.0', (version, enough) => {
    expect(isAtLeast(version, '6.2.0')).toBe(enough);
  });
});

describe('a program on this machine', () => {
  let dir: string;
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const place = (folder: string, script: string, mode = 0o755): string => {
    mkdirSync(join(dir, folder), { recursive: true });
    const path = join(dir, folder, program.name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, mode);
    return path;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'binary-spec-'));
    said.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is the first executable file of that name, folders and plain files skipped', () => {
    place('plain', '', 0o644);
    mkdirSync(join(dir, 'folder', program.name), { recursive: true });
    const path = place('good', '');
    const list = ['relative', 'plain', 'folder', 'missing', 'good'].map((name) =>
      name === 'relative' ? name : join(dir, name),
    );
    expect(findOnPath(program.name, list.join(':'))).toBe(path);
    expect(findOnPath(program.name, undefined)).toBeUndefined();
  });

  it('is what the variable names, before PATH', async () => {
    const named = place('named', 'echo v=7.1.0');
    place('bin', 'echo v=7.2.0');
    const found = await findHere(program, { FAKE: named, PATH: join(dir, 'bin') }, say);
    expect(found).toEqual({ path: named, version: '7.1.0', source: 'FAKE' });
  });

  it('named by the variable must work: there is no quiet replacement', async () => {
    const old = place('named', 'echo v=6.0.0');
    await expect(findHere(program, { FAKE: old, PATH: '' }, say)).rejects.toMatchObject({ code: 'server_unusable' });
    await expect(findHere(program, { FAKE: join(dir, 'none') }, say)).rejects.toThrow('is not an executable file');
  });

  it('on PATH that does not run here is skipped with a warning', async () => {
    place('bin', 'echo cannot load libfoo >&2; exit 127');
    expect(await findHere(program, { PATH: `${join(dir, 'bin')}:/bin` }, say)).toBeUndefined();
    expect(said.join('\n')).toContain('cannot load libfoo');
  });

  it('gives its last words when it fails', async () => {
    const path = place('bin', 'echo wrong CPU >&2; exit 1');
    await expect(inspect(program, path, 'here')).rejects.toThrow(/fake-server .*wrong CPU/s);
  });
});
