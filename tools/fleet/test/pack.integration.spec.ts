import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blocksRunBy, fencedBlocks } from '../../checks/src/code-blocks.ts';
import { bundledLibs } from '../../rolldown.bundled.mjs';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');
const libs = ['discovery', 'state', 'jobs', 'outbox'] as const;
const installTimeoutMs = 300_000;
const runTimeoutMs = 60_000;

interface Manifest {
  version: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  bundleDependencies?: string[];
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Libs that the given ones need beside them, once in a process. */
function needed(names: readonly string[]): string[] {
  const found: string[] = [...names];
  for (const lib of found) {
    const internal = Object.keys(manifest(join(root, 'libs', lib)).dependencies ?? {})
      .filter((name) => name.startsWith('@nestfleet/'))
      .map((name) => name.replace('@nestfleet/', ''));
    found.push(...internal.filter((name) => !found.includes(name) && !bundledLibs.includes(name)));
  }
  return found.slice(names.length);
}

const beside = needed(libs);
/** Beside them in examples of the READMEs. */
const packed = [...libs, ...beside, 'service'];

/** Exact versions, as the repository itself has them. */
function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, manifest(join(root, 'node_modules', name)).version]));
}

const { NODE_OPTIONS: _, ...env } = process.env;

/** What the first use in a lib's README prints. */
const printed: Readonly<Record<(typeof libs)[number], readonly string[]>> = {
  discovery: ['hello'],
  state: ['1', '2', 'light', 'red'],
  jobs: ['{ sent: true }'],
  outbox: ["placed-a order placed { id: 'a' }", "placed-c order placed { id: 'c' }"],
};

/** Each block of TypeScript of a document as a file; their names. */
function writeExamples(folder: string, document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return fencedBlocks(document, text)
    .filter(({ language, excerptOf }) => language === 'ts' && excerptOf === undefined)
    .map(({ file, line, code }) => {
      const name = `${file.replaceAll(/\W/g, '-')}-${line}.ts`;
      writeFileSync(join(folder, name), code);
      return name;
    });
}

const servers = ['REDIS_URL', 'CONSUL_HTTP_ADDR'].filter((name) => !process.env[name]);
if (servers.length > 0) console.warn(`${servers.join(' AND ')} NOT SET: THE PACKED LIBS ARE NOT RUN`);
const integration = servers.length > 0 && process.env['CI'] === undefined ? describe.skip : describe;

integration('the packed libs', () => {
  let app: string;

  beforeAll(async () => {
    app = mkdtempSync(join(tmpdir(), 'nestfleet-pack-'));
    const tarballs: Record<string, string> = {};
    for (const lib of packed) {
      const built = join(root, 'dist/libs', lib);
      if (!existsSync(built)) throw new Error(`${built} is missing: nx run fleet:integration builds it first`);
      const { stdout } = await run('npm', ['pack', built, '--pack-destination', app, '--json'], { cwd: app });
      const [tarball] = JSON.parse(stdout) as { filename: string }[];
      tarballs[`@nestfleet/${lib}`] = `file:${tarball?.filename ?? ''}`;
    }
    const nest = ['common', 'core', 'microservices', 'platform-express', 'platform-fastify', 'terminus', 'throttler'];
    const sessions = ['@fastify/cookie', '@fastify/session', 'express-session'];
    const others = ['pg', 'reflect-metadata', 'rxjs', 'zod'];
    const strangers = versionsOf([...nest.map((name) => `@nestjs/${name}`), ...sessions, ...others]);
    const compiler = versionsOf(['@types/express-session', '@types/node', '@types/pg']);
    const text = {
      private: true,
      type: 'module',
      dependencies: { ...tarballs, ...strangers },
      devDependencies: compiler,
    };
    writeFileSync(join(app, 'package.json'), JSON.stringify(text));
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', ...quiet], { cwd: app, timeout: installTimeoutMs });
    cpSync(join(import.meta.dirname, 'fixtures/pack-app'), app, { recursive: true });
  }, installTimeoutMs);
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  it.each(packed)('%s is publishable: schemas inside, all else that it needs named', (lib) => {
    const folder = join(app, 'node_modules/@nestfleet', lib);
    const { dependencies = {}, peerDependencies = {}, ...installed } = manifest(folder);
    expect(installed.private).toBeUndefined();
    expect(installed.devDependencies).toBeUndefined();
    const bundled = installed.bundleDependencies ?? [];
    for (const inner of bundled) {
      expect(manifest(join(folder, 'node_modules', inner)).dependencies).toBeUndefined();
      const needs = Object.entries(manifest(join(root, inner.replace('@nestfleet/', 'libs/'))).dependencies ?? {});
      for (const [name, version] of needs) expect([version, undefined]).toContain(dependencies[name]);
      for (const [name] of needs) expect({ ...dependencies, ...peerDependencies }).toHaveProperty([name]);
    }
    const source = manifest(join(root, 'libs', lib)).dependencies ?? {};
    for (const [name, version] of Object.entries(source)) {
      const isBeside = name.startsWith('@nestfleet/') && !bundled.includes(name);
      expect(dependencies[name]).toBe(isBeside ? `^${version}` : version);
    }
    expect(bundled.filter((name) => !bundledLibs.includes(name.replace('@nestfleet/', '')))).toEqual([]);
  });

  it('share one copy of each lib that a process has once: a budget over state counts for jobs', async () => {
    const copies = beside.flatMap((lib) => globSync(`node_modules/**/@nestfleet/${lib}/package.json`, { cwd: app }));
    expect(beside).toEqual(expect.arrayContaining(['redis', 'timing']));
    const step = { cwd: app, timeout: runTimeoutMs, env: { ...env, NAMESPACE: `pack-${randomUUID().slice(0, 8)}` } };
    const { stdout } = await run(process.execPath, ['budget.js'], step);
    expect({ copies, codes: JSON.parse(stdout) as unknown }).toEqual({
      copies: beside.map((lib) => `node_modules/@nestfleet/${lib}/package.json`),
      codes: { before: 'created', state: 'state_unavailable', jobs: 'jobs_unavailable' },
    });
  });

  it(
    'run in an empty Nest app: count a visit, run a job, register and find each other',
    async () => {
      const namespace = `pack-${randomUUID().slice(0, 8)}`;
      const step = { cwd: app, timeout: runTimeoutMs, env: { ...env, NAMESPACE: namespace } };
      const { stdout } = await run(process.execPath, ['main.js'], step);
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
        visits: [1, 2],
        counter: 2,
        job: ['completed', { text: 'hello stranger' }],
        found: true,
      });
    },
    runTimeoutMs,
  );

  it('are all that the READMEs let run here', () => {
    const files = blocksRunBy(import.meta.filename).map(({ file }) => file);
    expect(files.toSorted()).toEqual(libs.map((lib) => `libs/${lib}/README.md`).toSorted());
  });

  it.each(libs)(
    '%s does what the first use in its README says, as it stands there',
    async (lib) => {
      const block = blocksRunBy(import.meta.filename).find(({ file }) => file === `libs/${lib}/README.md`);
      const own = `first-${randomUUID().slice(0, 8)}`;
      const code = block?.code.replaceAll(/'(shop|web)'/g, `'${own}'`) ?? '';
      writeFileSync(join(app, `${own}.ts`), code);
      const { stdout } = await run(process.execPath, [`${own}.ts`], { cwd: app, timeout: runTimeoutMs, env });
      expect(stdout.trim().split('\n')).toEqual(printed[lib]);
    },
    runTimeoutMs,
  );

  it(
    'have types that a strict consumer can use, in every file',
    async () => {
      const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
      const strict = ['--strict', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck', 'false'];
      const nest = ['--experimentalDecorators', '--emitDecoratorMetadata'];
      const settings = ['--noEmit', '--target', 'es2024', '--types', 'node', '--ignoreConfig', ...strict, ...nest];
      const examples = libs.flatMap((lib) => writeExamples(app, `libs/${lib}/README.md`));
      const checked = await run(process.execPath, [compiler, ...settings, 'consumer.ts', ...examples], {
        cwd: app,
        env,
      }).catch((fault: { stdout: string }) => fault);
      expect(checked.stdout).toBe('');
    },
    runTimeoutMs,
  );
});
