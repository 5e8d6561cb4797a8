import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type PlanOptions, planInit } from '../src/plan.ts';
import { stopGraceMs } from '../src/nestfleet-module.ts';
import { folderOf, readArchive, withFiles } from './generated-apps.ts';

const root = resolve(import.meta.dirname, '../../..');
const single = readArchive('nest11-express');
const monorepo = readArchive('nest11-monorepo');
const nx = readArchive('nx-nest11');

const plan = (files: ReadonlyMap<string, string>, options: Partial<PlanOptions> = {}) => {
  const { changes, notes, app } = planInit(folderOf(files), { redis: false, version: '0.1.0', ...options });
  return { app, notes, written: new Map(changes.map(({ path, after }) => [path, after])) };
};
const after = (files: ReadonlyMap<string, string>, options?: Partial<PlanOptions>) =>
  new Map([...files, ...plan(files, options).written]);
const edited = (files: ReadonlyMap<string, string>, path: string, from: string, to: string) =>
  withFiles(files, { [path]: files.get(path)?.replace(from, to) ?? '' });

describe('planInit', () => {
  it.each([
    ['no package.json', new Map(), 'no package.json here'],
    ['no Nest', edited(single, 'package.json', '"@nestjs/core"', '"core"'), 'this is no Nest app'],
    [
      'an old Nest',
      edited(single, 'package.json', '"@nestjs/core": "^11', '"@nestjs/core": "^10'),
      'need Nest 11 or 12',
    ],
    ['no main.ts', new Map([...single].filter(([path]) => path !== 'src/main.ts')), 'there is no src/main.ts'],
    ['no module', new Map([...single].filter(([path]) => path !== 'src/app.module.ts')), 'no src/app.module.ts'],
    ['an app of several', monorepo, 'name one: --app billing, --app shop'],
    ['no Nest app of Nx', new Map([...nx].filter(([path]) => !path.endsWith('main.ts'))), 'there is no Nest app here'],
  ])('refuses a folder with %s', (_what, files, words) => {
    expect(() => plan(files)).toThrow(words);
  });

  const modules = '"module": "nodenext",\n    "moduleResolution": "nodenext"';
  const compiledBy = (files: ReadonlyMap<string, string>, options: string) =>
    edited(files, 'tsconfig.json', modules, options);
  const elsewhere = (options: string) =>
    withFiles(single, {
      'tsconfig.json': '{ "extends": ["@tsconfig/node"] }',
      'node_modules/@tsconfig/node.json': `{ "compilerOptions": { ${options} } }`,
    });

  it.each([
    [
      'as Nest 10 wrote it',
      compiledBy(single, '"module": "commonjs"'),
      'module commonjs and moduleResolution left out',
    ],
    [
      'by the old resolution',
      compiledBy(single, '"module": "CommonJS", "moduleResolution": "Node"'),
      'moduleResolution node,',
    ],
    ['by node16', compiledBy(single, '"module": "node16"'), 'module node16'],
    ['by node18', compiledBy(single, '"module": "node18", "moduleResolution": "node16"'), 'moduleResolution node16'],
    ['by defaults', compiledBy(single, '"strict": true'), 'tsconfig.build.json has module left out'],
    ['by a package', elsewhere('"module": "commonjs"'), '"module": "nodenext" and "moduleResolution": "nodenext"'],
    ['in a monorepo', compiledBy(monorepo, '"module": "commonjs"'), 'apps/shop/tsconfig.app.json has module commonjs'],
  ])('refuses an app that is compiled %s', (_what, files, words) => {
    expect(() => plan(files, files.has('apps/shop/src/main.ts') ? { app: 'shop' } : {})).toThrow(words);
  });

  it.each([
    ['by nodenext', compiledBy(single, '"module": "NodeNext"')],
    ['by node20', compiledBy(single, '"module": "node20"')],
    ['for a bundler', compiledBy(single, '"module": "commonjs", "moduleResolution": "bundler"')],
    ['by preserve', compiledBy(single, '"module": "preserve"')],
    ['by a package', elsewhere('"module": "nodenext"')],
    [
      'by its own file',
      withFiles(compiledBy(single, '"module": "commonjs"'), {
        'tsconfig.build.json': '{ "compilerOptions": { "module": "nodenext" } }',
      }),
    ],
    ['as ESM', compiledBy(readArchive('nest12-express'), '"module": "node16"')],
    ['by nothing that is named', new Map([...single].filter(([path]) => !path.startsWith('tsconfig')))],
  ])('takes an app that is compiled %s', (_what, files) => {
    expect(plan(files).written.has('src/nestfleet.module.ts')).toBe(true);
  });

  it('refuses an app that is not there, and one that has the modules by hand', () => {
    expect(() => plan(monorepo, { app: 'prices' })).toThrow('there is no app prices here; there are billing, shop');
    const line = "import { ShutdownModule } from '@nestfleet/service/nest';\n";
    const byHand = withFiles(single, { 'src/app.module.ts': line + single.get('src/app.module.ts') });
    expect(() => plan(byHand)).toThrow('imports @nestfleet/service/nest already');
  });

  it('takes the version of Nest that is installed', () => {
    const installed = { 'node_modules/@nestjs/core/package.json': '{ "version": "12.0.3" }' };
    expect(plan(withFiles(single, installed)).app.nest).toBe(12);
    expect(plan(single).app.nest).toBe(11);
  });

  it('leaves files of others, and says so', () => {
    const files = withFiles(single, {
      Dockerfile: 'FROM scratch\n',
      '.dockerignore': 'dist\n',
      'docker-compose.yml': 'services: {}\n',
    });
    const { written, notes } = plan(files);
    expect([...written.keys()].filter((path) => /docker|compose/i.test(path))).toEqual(['compose.nestfleet.yaml']);
    expect(notes).toEqual([
      expect.stringMatching(/^Dockerfile is yours and stays as it is.*"dist\/main\.js"/),
      'docker-compose.yml is yours and stays as it is: see compose.nestfleet.yaml',
      expect.stringContaining('Node 24.9'),
    ]);
    expect(plan(after(files)).written.size).toBe(0);
  });

  it('leaves what it has made and a person has changed', () => {
    const files = after(single);
    const changed = withFiles(files, {
      Dockerfile: `${files.get('Dockerfile')}# ours\n`,
      'compose.yaml': `${files.get('compose.yaml')}# ours\n`,
      'src/nestfleet.module.ts': `${files.get('src/nestfleet.module.ts')}// ours\n`,
    });
    expect(plan(changed)).toMatchObject({ written: new Map(), notes: [] });
  });

  it('says where it has taken 3000 for a port that it cannot read, and where it is written', () => {
    const files = edited(single, 'src/main.ts', 'process.env.PORT ?? 3000', "config.get('port')");
    const words = 'src/main.ts does not say the port as a number: 3000 is written into Dockerfile and compose.yaml';
    expect(plan(files).notes).toContain(words);
    expect(plan(single).notes).not.toContain(words);
    expect(plan(after(files)).notes).toEqual([]);
  });

  it('gives a second app of a repository a file beside the first one, with its servers', () => {
    const first = after(monorepo, { app: 'shop' });
    const { written } = plan(first, { app: 'billing' });
    expect([...written.keys()]).toContain('apps/billing/Dockerfile');
    expect(written.get('compose.billing.yaml')).toContain('docker compose -f compose.yaml -f compose.billing.yaml up');
    expect(written.get('compose.billing.yaml')).not.toContain('image: hashicorp/consul');
    expect(plan(after(first, { app: 'billing' }), { app: 'billing' }).written.size).toBe(0);
  });

  it.each([
    ['both', true, true, false],
    ['the second one alone', false, true, true],
    ['the first one alone', true, false, false],
  ])(
    'gives a second app a Redis of its file where the first file has none: asked for by %s',
    (_who, one, two, isHere) => {
      const first = after(monorepo, { app: 'shop', redis: one });
      const text = plan(first, { app: 'billing', redis: two }).written.get('compose.billing.yaml') ?? '';
      expect(text.includes('\n  redis:\n')).toBe(isHere);
      expect(text.includes('\nvolumes:\n  redis-data: {}\n')).toBe(isHere);
      expect(text.includes('REDIS_URL: redis://redis:6379')).toBe(two);
    },
  );

  it('adds a Redis where it is asked for, and says where it cannot', () => {
    expect(plan(single, { redis: true }).written.get('compose.yaml')).toMatch(
      /REDIS_URL[\s\S]*\n {2}redis:\n[\s\S]*redis-data: \{\}/,
    );
    expect(plan(single).written.get('compose.yaml')).not.toMatch(/redis/i);
    expect(plan(after(single), { redis: true }).notes).toEqual(['compose.yaml is there already: no Redis is added']);
  });

  it.each([
    [
      'npm',
      {},
      ['COPY package.json package-lock.json ./\nRUN npm ci\n', 'RUN npm run build\n', 'RUN npm prune --omit=dev\n'],
    ],
    [
      'pnpm',
      { 'pnpm-lock.yaml': '', '.npmrc': '' },
      ['COPY package.json pnpm-lock.yaml .npmrc ./\nRUN corepack pnpm install --frozen-lockfile\n', 'pnpm run build\n'],
    ],
    ['yarn', { 'yarn.lock': '' }, ['corepack yarn install --frozen-lockfile\n', 'corepack yarn run build\n']],
    [
      'a newer yarn',
      { 'yarn.lock': '', '.yarnrc.yml': '' },
      ['corepack yarn install --immutable\n', 'workspaces focus'],
    ],
  ])('installs in the image by %s', (_what, files, lines) => {
    const text = plan(withFiles(single, files)).written.get('Dockerfile');
    for (const line of lines) expect(text).toContain(line);
  });

  it.each([
    ['an app', single, undefined, 'dist/main.js', 'npm run build'],
    ['an app of a monorepo', monorepo, 'shop', 'dist/apps/shop/main.js', 'npx nest build shop'],
    [
      'the same without a bundler, in Nest 12',
      readArchive('nest12-monorepo'),
      'shop',
      'dist/apps/shop/main.js',
      'npx nest build shop',
    ],
  ])('runs what the build makes of %s', (_what, files, app, entry, build) => {
    const found = plan(files, { app });
    const docker = found.written.get(`${found.app.root === '' ? '' : `${found.app.root}/`}Dockerfile`);
    expect(docker).toContain(`RUN ${build}\n`);
    expect(docker).toContain(`CMD ["node", "${entry}"]\n`);
  });

  it('runs what the compiler makes below rootDir, in a monorepo without a bundler', () => {
    const files = edited(readArchive('nest12-monorepo'), 'nest-cli.json', '"builder": "rspack"', '"builder": "tsc"');
    expect(plan(files, { app: 'shop' }).app.entry).toBe('dist/apps/shop/apps/shop/src/main.js');
  });

  it('runs what Nx makes, by the configuration of webpack, its target, or by default', () => {
    expect(plan(nx).app).toMatchObject({ layout: 'nx', build: { command: 'nx build shop' } });
    expect(plan(nx).app.entry).toBe('dist/apps/shop/main.js');
    const webpack = 'apps/shop/webpack.config.js';
    expect(plan(edited(nx, webpack, '../../dist/apps/shop', 'built')).app.entry).toBe('apps/shop/built/main.js');
    const target = '"targets": { "build": { "options": { "outputPath": "out/shop" } },';
    expect(plan(edited(nx, 'apps/shop/project.json', '"targets": {', target)).app.entry).toBe('out/shop/main.js');
    const without = new Map([...nx].filter(([path]) => path !== webpack));
    expect(plan(without).app.entry).toBe('dist/apps/shop/main.js');
  });
});

/** A constant of a lib, read as text: the lib is Nest's. */
const numberOf = (file: string, name: string) => {
  const text = readFileSync(`${root}/libs/${file}`, 'utf8');
  return Number(new RegExp(`^(?:export )?const ${name} = ([\\d_]+);`, 'm').exec(text)?.[1]?.replaceAll('_', ''));
};

describe('the times and labels of the files that are made', () => {
  it('are the sum of what ShutdownModule takes by default', () => {
    const options = ['DRAIN_DELAY_MS', 'IN_FLIGHT_MS'].map((name) =>
      numberOf('service/src/nest/shutdown-options.ts', name),
    );
    const bounds = ['CLOSE_MS', 'SPARE_MS'].map((name) => numberOf('service/src/shutdown/timeouts.ts', name));
    const sum = [...options, ...bounds].reduce((total, ms) => total + ms);
    expect(sum).toBe(stopGraceMs(false));
    const { written } = plan(single);
    expect(written.get('src/nestfleet.module.ts')).toContain('stopGraceMs: 21_000 }');
    expect(written.get('compose.yaml')).toContain('stop_grace_period: 21s\n');
    const jobs = ['SHUTDOWN_TIMEOUT_MS', 'RELEASE_MS'].map((name) => numberOf('jobs/src/nest/job-consumers.ts', name));
    expect(jobs.reduce((total, ms) => total + ms, sum)).toBe(stopGraceMs(true));
  });

  it('have the time of jobs where the app has them, and a note where it may get them', () => {
    const withJobs = edited(
      single,
      'package.json',
      '"dependencies": {',
      '"dependencies": { "@nestfleet/jobs": "0.1.0",',
    );
    const { written, notes } = plan(withJobs, { redis: true });
    expect(written.get('src/nestfleet.module.ts')).toContain('stopGraceMs: 49_000 }');
    expect(written.get('compose.yaml')).toContain('28 s of jobs + 3 s closing');
    expect(written.get('compose.yaml')).toContain('stop_grace_period: 49s\n');
    const words = expect.stringMatching(/@nestfleet\/jobs .*nestfleet\.module\.ts .*compose\.yaml are 49 s/);
    expect(notes).not.toContainEqual(words);
    expect(plan(single, { redis: true }).notes).toContainEqual(words);
    expect(plan(single).notes).not.toContainEqual(words);
  });

  it('are those of our own services', () => {
    const ours = readFileSync(`${root}/deploy/traefik/labels.yaml`, 'utf8');
    const labels =
      plan(single)
        .written.get('compose.yaml')
        ?.match(/traefik\.http\.services\.shop\.\S+: .*/g) ?? [];
    expect(labels.length).toBeGreaterThan(5);
    for (const label of labels) {
      const [name = '', value = ''] = label.replace('.shop.', '.api-replicas.').split(': ');
      const plain = value.replaceAll("'", '');
      expect([plain, `'${plain}'`].some((each) => ours.includes(`${name}: ${each}\n`))).toBe(true);
    }
  });
});
