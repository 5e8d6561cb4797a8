import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@nestfleet/contracts';

const root = resolve(import.meta.dirname, '../../..');
const libs = ['discovery', 'jobs', 'state'];

/** A Node of this machine that is too old for us, undefined where there is none. OLD_NODE names another. */
function findOldNode(): { path: string; version: string } | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return [process.env['OLD_NODE'] ?? '', ...onPath]
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: spawnSync(path, ['-p', 'process.versions.node']).stdout.toString().trim() }))
    .find(({ version }) => Number.parseInt(version, 10) < 22);
}

const old = findOldNode();
if (old === undefined)
  console.warn('NO NODE OLDER THAN 22 IS HERE: WHAT IT WOULD BE TOLD IS NOT SEEN. Name one in OLD_NODE.');
const withOldNode = old === undefined ? describe.skip : describe;

withOldNode('a Node that is too old', () => {
  // As they are installed: beside each other, and not the sources that the packages of this repository link to.
  let installed: string;
  beforeAll(() => {
    installed = mkdtempSync(join(root, 'dist/.installed-'));
    cpSync(join(root, 'dist/libs'), join(installed, 'node_modules/@nestfleet'), { recursive: true });
  });
  afterAll(() => rmSync(installed, { recursive: true, force: true }));

  const { NODE_OPTIONS: _, ...env } = process.env;
  const run = (words: readonly string[]) => spawnSync(old!.path, words, { cwd: root, env, encoding: 'utf8' });

  it.each(SERVICE_NAMES)('cannot start the bundle of %s, is told so in one sentence, and ends with 78', (app) => {
    const { status, stdout, stderr } = run([`dist/apps/${app}/main.js`]);
    // What a bundle says when it breaks begins with a line of its code, which is all of it.
    expect({ status, stdout, stderr: stderr.slice(0, 200) }).toEqual({
      status: 78,
      stdout: '',
      stderr: `${app} needs Node 22 or newer, and this is Node ${old!.version}.\n`,
    });
  });

  it.each(libs.flatMap((lib) => ['index', 'nest', 'testing'].map((entry) => [lib, entry])))(
    'cannot import the packed %s by its entry point %s, and is told so',
    (lib, entry) => {
      const file = join(installed, `node_modules/@nestfleet/${lib}/dist/${entry}.js`);
      const { status, stderr } = run(['--input-type=module', '-e', `await import(${JSON.stringify(file)});`]);
      expect(stderr).toContain(`Error: @nestfleet/${lib} needs Node 22 or newer, and this is Node ${old!.version}.`);
      expect(status).toBe(1);
    },
  );
});
