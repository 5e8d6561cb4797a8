import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stopGraceMs } from '../src/nestfleet-module.ts';
import { withFiles } from './generated-apps.ts';
import { after, edited, monorepo, nx, plan, single } from './planned.ts';

const root = resolve(import.meta.dirname, '../../..');

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
    ['Bun', withFiles(single, { 'bun.lock': '' }), 'is installed by Bun'],
    ['an older Bun', withFiles(single, { 'bun.lockb': '' }), 'is installed by Bun'],
    ['Bun by its name', edited(single, 'package.json', '{', '{ "packageManager": "bun@1.3.0",'), 'is installed by Bun'],
    [
      'Yarn without node_modules',
      withFiles(single, { 'yarn.lock': '', '.yarnrc.yml': '' }),
      'nodeLinker: node-modules',
    ],
    ['the lock file of Yarn 4 alone', withFiles(single, { 'yarn.lock': '__metadata:\n  version: 8\n' }), 'nodeLinker'],
    [
      'workspaces',
      edited(single, 'package.json', '{', '{ "workspaces": ["packages/*"],'),
      'package.json has workspaces',
    ],
    [
      'workspaces of pnpm',
      withFiles(single, { 'pnpm-workspace.yaml': 'packages:\n' }),
      'pnpm-workspace.yaml has workspaces',
    ],
    ['an app of several', monorepo, 'name one: --app billing, --app shop'],
    ['no Nest app of Nx', new Map([...nx].filter(([path]) => !path.endsWith('main.ts'))), 'there is no Nest app here'],
  ])('refuses a folder with %s', (_what, files, words) => {
    expect(() => plan(files)).toThrow(words);
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

  it('shares no containers and volumes with a Compose file of others', () => {
    const files = withFiles(monorepo, { 'docker-compose.yml': 'services: {}\n' });
    const first = plan(files, { app: 'shop' }).written.get('compose.nestfleet.yaml');
    expect(first).toMatch(/^name: shop-nestfleet$/m);
    const second = plan(after(files, { app: 'shop' }), { app: 'billing' }).written.get('compose.billing.yaml');
    expect(second).toContain('docker compose -f compose.nestfleet.yaml -f compose.billing.yaml up');
    expect(second).not.toMatch(/^name:/m);
    expect(plan(single).written.get('compose.yaml')).not.toMatch(/^name:/m);
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
