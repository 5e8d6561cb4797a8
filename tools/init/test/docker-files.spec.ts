import { describe, expect, it } from '@jest/globals';
import { readArchive, withFiles } from './generated-apps.ts';
import { edited, monorepo, nx, plan, single } from './planned.ts';

const startedBy = (script: string) => plan(edited(single, 'package.json', 'node dist/main', script));

/** What is started where Nx builds to a path. */
function builtTo(path: string): string {
  const targets = `"targets": { "build": { "options": { "outputPath": "${path}" } },`;
  return plan(edited(nx, 'apps/shop/project.json', '"targets": {', targets)).app.entry;
}

describe('the files of the image', () => {
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
      { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\n' },
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

  it.each(['preinstall', 'install', 'postinstall', 'prepare'])(
    'copies all before the install where the app has a script %s',
    (script) => {
      const files = edited(single, 'package.json', '"scripts": {', `"scripts": { "${script}": "node tool.js",`);
      expect(plan(files).written.get('Dockerfile')).toContain('COPY . .\nRUN npm ci\nRUN npm run build\n');
    },
  );

  it('copies all before the install where the repository holds Yarn', () => {
    const yarn = { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn.cjs\n' };
    expect(plan(withFiles(single, yarn)).written.get('Dockerfile')).toContain('COPY . .\nRUN corepack yarn install');
  });

  it('gives an image no settings of a machine and nothing of a build before', () => {
    const lines = plan(single).written.get('.dockerignore')?.split('\n');
    expect(lines).toEqual(expect.arrayContaining(['**/.env*', '**/dist', '**/*.tsbuildinfo', '**/node_modules']));
  });

  it.each([
    ['node dist/main', 'dist/main.js', false],
    ['node ./dist/main.js', 'dist/main.js', false],
    ['NODE_ENV=production node --enable-source-maps dist/src/main', 'dist/src/main.js', true],
    ['cross-env NODE_ENV=production node -r ./tracing.js dist/main', 'dist/main.js', true],
    ['node --import=./tracing.mjs dist/main.mjs --verbose', 'dist/main.mjs', true],
  ])('starts the file of %s', (script, entry, isNoted) => {
    const { written, notes } = startedBy(script);
    expect(written.get('Dockerfile')).toContain(`CMD ["node", "${entry}"]\n`);
    expect(written.get('Dockerfile')).toContain('COPY --from=build /app/dist ./dist\n');
    expect(notes.some((note) => note.includes(`"${script}" alone`))).toBe(isNoted);
  });

  it.each(['pm2 start dist/main.js', 'npm run migrate && node dist/main', 'node --enable-source-maps', 'node $MAIN'])(
    'refuses an app that is started by %s',
    (script) => {
      expect(() => startedBy(script)).toThrow('in which no file of node can be read');
    },
  );

  it('runs what the compiler makes below rootDir, in a monorepo without a bundler', () => {
    const files = edited(readArchive('nest12-monorepo'), 'nest-cli.json', '"builder": "rspack"', '"builder": "tsc"');
    const { app, written } = plan(files, { app: 'shop' });
    expect(app.entry).toBe('dist/apps/shop/apps/shop/src/main.js');
    expect(written.get('apps/shop/Dockerfile')).toContain('COPY --from=build /app/dist/apps/shop ./dist/apps/shop\n');
  });

  it('runs what Nx makes, by the configuration of webpack, its target, or by default', () => {
    expect(plan(nx).app).toMatchObject({ layout: 'nx', build: { command: 'nx build shop' } });
    expect(plan(nx).app.entry).toBe('dist/apps/shop/main.js');
    const webpack = 'apps/shop/webpack.config.js';
    expect(plan(edited(nx, webpack, '../../dist/apps/shop', 'built')).app.entry).toBe('apps/shop/built/main.js');
    expect(builtTo('out/shop')).toBe('out/shop/main.js');
    expect(builtTo('{workspaceRoot}/out/{projectRoot}')).toBe('out/apps/shop/main.js');
    expect(builtTo('{projectRoot}/dist')).toBe('apps/shop/dist/main.js');
    expect(builtTo('{workspaceRoot}/dist/{projectName}')).toBe('dist/shop/main.js');
    const without = new Map([...nx].filter(([path]) => path !== webpack));
    expect(plan(without).app.entry).toBe('dist/apps/shop/main.js');
  });

  it.each([
    ['.npmrc', '//registry.test/:_authToken=npm_123\n', true],
    ['.npmrc', '//registry.test/:_authToken=${NPM_TOKEN}\n', false],
    ['.npmrc', 'save-exact=true\n', false],
    ['.yarnrc.yml', 'nodeLinker: node-modules\nnpmAuthToken: "abc"\n', true],
  ])('tells of a token in %s that a layer would keep: %s', (file, text, isToken) => {
    const { notes } = plan(withFiles(single, { [file]: text }));
    expect(notes.some((note) => note.includes(`${file} has a token`))).toBe(isToken);
  });
});
