import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiDocuments } from '../src/generated/documents.ts';
import { apiReports } from '../src/rules/api-reports.ts';
import { openWorkspace, type Workspace } from '../src/workspace.ts';

const BUILT = 'dist/libs/state/package.json';
const TYPES = 'dist/libs/state/dist/index.d.ts';
const OPEN =
  'export interface State {\n  readonly name: string;\n}\nexport declare function openState(name: string): State;\n';

let root: string;
const open = (): Workspace => openWorkspace(root);
const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
};
const makeReports = async (): Promise<void> => {
  for (const { file, make } of apiDocuments(open())) write(file, await make());
};
/** The lib is built with these types, and its reports are made. */
const buildAs = async (types: string): Promise<void> => {
  write(TYPES, types);
  await makeReports();
};
const findings = async (): Promise<string[]> =>
  (await apiReports.check(open())).map(({ file, message }) => `${file}  ${message}`);

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'nestfleet-checks-'));
  write('libs/state/package.json', '{"name": "@nestfleet/state", "exports": {".": "./src/index.ts"}}');
  write(
    BUILT,
    '{"name": "@nestfleet/state", "version": "1.0.0", "exports": {".": {"types": "./dist/index.d.ts", "default": "./dist/index.js"}}}',
  );
  write(TYPES, OPEN);
  await makeReports();
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('the rule api-reports', () => {
  it('takes what the built lib exports', async () => {
    expect(readFileSync(join(root, 'libs/state/api/index.api.md'), 'utf8')).toContain(
      'function openState(name: string): State',
    );
    expect(await findings()).toEqual([]);
  });

  it.each([
    ['an export that is gone', OPEN.replace(/export declare.*\n/, '')],
    ['a parameter that is needed now', OPEN.replace('name: string):', 'name: string, port: number):')],
    ['a type that is another one', OPEN.replace('readonly name: string', 'readonly name: number')],
  ])('finds %s', async (_, types) => {
    write(TYPES, types);
    expect(await findings()).toEqual([expect.stringContaining('libs/state/api/index.api.md  is not up to date')]);
  });

  it('finds a type that an export names and no entry point exports', async () => {
    await buildAs(`${OPEN.replace('export interface', 'interface')}export {};\n`);
    expect(await findings()).toEqual([
      'libs/state/api/index.api.md  names State, which no entry point of the lib exports',
    ]);
  });

  it('lets an entry point name what another one of its lib exports', async () => {
    write(
      'libs/state/package.json',
      '{"name": "@nestfleet/state", "exports": {".": "./src/index.ts", "./nest": "./src/nest.ts"}}',
    );
    const [index, nest] = ['index', 'nest'].map((name) => `{"types": "./dist/${name}.d.ts", "default": "./dist/x.js"}`);
    write(BUILT, `{"name": "@nestfleet/state", "version": "1.0.0", "exports": {".": ${index}, "./nest": ${nest}}}`);
    write(
      'dist/libs/state/dist/nest.d.ts',
      "import type { State } from './index.js';\nexport declare const state: State;\n",
    );
    await makeReports();
    expect(await findings()).toEqual([]);
  });
});
