import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask } from '../src/client/http-client.ts';
import { Fleet, run } from '../src/driver/make-fleet.ts';
import { lintDocument } from '../src/openapi/lint-document.ts';

const root = resolve(import.meta.dirname, '../../..');
// Routes that are off by default are in the served document too, and in no file.
const fleet = new Fleet({ ENGINE: 'local', DIAGNOSTIC_ROUTES: 'true' });
const folder = mkdtempSync(join(tmpdir(), 'nestfleet-client-'));

beforeAll(async () => {
  await fleet.make('up', { API: 2, GATEWAY: 1, WORKER: 1, PORT: 0 }, 300_000);
}, 300_000);
afterAll(async () => {
  await fleet.dispose();
  rmSync(folder, { recursive: true });
}, 120_000);

const worker = (): string => Fleet.origin(fleet.ready('worker')[0]!);
const documents: Readonly<Record<string, () => string>> = {
  api: () => `${fleet.url}/api/openapi.json`,
  gateway: () => `${fleet.url}/openapi.json`,
  worker: () => `${worker()}/openapi.json`,
};
const textOf = async (name: string): Promise<string> => (await ask(documents[name]!())).text;

describe('a document, as it is served', () => {
  it.each(Object.keys(documents))('of the %s: a linter finds nothing', async (name) => {
    const text = await textOf(name);
    expect(await lintDocument(text, `${name}.json`)).toEqual([]);
    expect(Object.keys((JSON.parse(text) as { paths: object }).paths)).toContain('/livez');
  });

  it('of the api has the routes that are off by default, below the prefix of the edge proxy', async () => {
    const document = JSON.parse(await textOf('api')) as { paths: object; servers: unknown };
    expect(Object.keys(document.paths)).toContain('/diagnostics/bytes');
    expect(document.servers).toEqual([{ url: '/api' }]);
  });
});

/** Of its own, with nothing of the repository beside it. */
const settings = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    outDir: 'built',
    rootDir: '.',
  },
  include: ['*.ts', '*/*.ts', '*/*/*.ts'],
};

interface Used {
  readonly statuses: Readonly<Record<string, number>>;
  readonly [fact: string]: unknown;
}

const node = (...args: string[]): ReturnType<typeof run> => run(process.execPath, args, { PATH: '' }, 120_000);

describe('a client that is generated from the documents', () => {
  it.each(Object.keys(documents))('is made of that of the %s', async (name) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.json`), await textOf(name));
    const generator = join(import.meta.dirname, '../src/openapi/generate-client.ts');
    expect(await node(generator, join(folder, `${name}.json`), join(folder, name))).toEqual({ code: 0, output: '' });
  });

  it('is compiled with all checks, and its calls are answered as the documents say', async () => {
    cpSync(join(import.meta.dirname, '../fixtures/generated-client/use.ts'), join(folder, 'use.ts'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    expect(await node(compiler, '-p', folder)).toEqual({ code: 0, output: '' });
    const { code, output } = await node(join(folder, 'built/use.js'), fleet.url, worker());
    if (code !== 0) throw new Error(output);
    expect(JSON.parse(output) as Used).toEqual({
      statuses: {
        visit: 200,
        'visit again': 200,
        put: 201,
        get: 200,
        'get what is known': 304,
        'put over it': 200,
        'put too late': 412,
        enqueue: 202,
        job: 200,
        'bad request': 400,
        counter: 200,
        'end of the session': 204,
        'session after its end': 404,
        remove: 204,
        'whoami of the gateway': 200,
        worker: 200,
      },
      visits: [1, 2],
      value: 'teal',
      primes: 25,
      problems: ['version_conflict', 'limit', 'session_not_found'],
      gateway: 'gateway-1',
      worker: 'worker',
    });
  });
});
