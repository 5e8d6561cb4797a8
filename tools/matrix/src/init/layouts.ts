import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from '../cells.ts';
import { npm, strangersEnv } from '../npm.ts';
import { nestCliOf } from '../programs.ts';
import { run } from '../run.ts';

const GENERATE_TIMEOUT_MS = 120_000;
/** It installs Nx and all of its plugins, twice. */
const WORKSPACE_TIMEOUT_MS = 1_200_000;
const APP = 'shop';
/** The Nx of this repository, too; its @nx/nest generates apps of Nest 11. */
const NX = '23.2.1';

/** `Layout` is an app as one of the generators lays it out. */
export interface Layout {
  readonly name: string;
  /** Makes the repository `shop` below a folder. */
  readonly generate: (folder: string) => Promise<void>;
  /** The words of `nestfleet init` beside `--yes`. */
  readonly words: readonly string[];
  /** What runs its tests and builds it, each a command in its folder. */
  readonly tests: readonly string[];
  readonly build: string;
  /** Where its Dockerfile is put, which names the file that is started, and where the app answers with 200. */
  readonly dockerfile: string;
  readonly path: string;
}

const single = {
  words: [],
  tests: ['npm test', 'npm run test:e2e'],
  build: 'npm run build',
  dockerfile: 'Dockerfile',
  path: '/',
};
const monorepo = {
  ...single,
  words: ['--app', APP],
  build: `npx nest build ${APP}`,
  dockerfile: `apps/${APP}/Dockerfile`,
};

const nestLayouts: readonly Layout[] = ([11, 12] as const).flatMap((nest) => [
  { ...single, name: `nest${nest}-express`, generate: (folder) => nestNew(nest, folder) },
  { ...single, name: `nest${nest}-fastify`, generate: (folder) => nestNewFastify(nest, folder) },
  { ...monorepo, name: `nest${nest}-monorepo`, generate: (folder) => nestMonorepo(nest, folder) },
]);

export const layouts: readonly Layout[] = [
  ...nestLayouts,
  {
    name: 'nx-nest11',
    generate: nxWorkspace,
    words: [],
    tests: [`npx nx test ${APP}`],
    build: `npx nx build ${APP}`,
    dockerfile: `apps/${APP}/Dockerfile`,
    path: '/api',
  },
];

/** The one of CI: CommonJS with Jest, where most can go wrong. */
export const quickest = 'nest11-express';

/** `chooseLayouts` takes a list with commas, each a name or a part of it. @throws where a word fits none */
export function chooseLayouts(words: string | undefined): readonly Layout[] {
  const wanted = words?.split(',').map((word) => word.trim()) ?? [''];
  const unknown = wanted.filter((word) => !layouts.some(({ name }) => name.includes(word)));
  if (unknown.length > 0)
    throw new Error(`no such layout: ${unknown.join(', ')}; there are ${layouts.map(({ name }) => name).join(', ')}`);
  return layouts.filter(({ name }) => wanted.some((word) => name.includes(word)));
}

type Nest = Cell['nest'];

async function nestCli(nest: Nest, cwd: string, words: readonly string[]): Promise<void> {
  const cli = await nestCliOf({ nest, platform: 'express', node: 24 });
  const options = { cwd, env: strangersEnv(process.execPath), timeoutMs: GENERATE_TIMEOUT_MS };
  await run(`nest ${words[0]}`, [process.execPath, cli, ...words], options);
}

const nestNew = (nest: Nest, folder: string): Promise<void> =>
  nestCli(nest, folder, ['new', APP, '--skip-git', '--skip-install', '--package-manager', 'npm']);

function edit(folder: string, file: string, change: (text: string) => string): void {
  const path = join(folder, APP, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

/** As Nest's documentation says: the package, and the adapter in main.ts. */
async function nestNewFastify(nest: Nest, folder: string): Promise<void> {
  await nestNew(nest, folder);
  edit(folder, 'package.json', (text) =>
    text.replace(/^( *)"@nestjs\/platform-express": (".*"),$/m, '$&\n$1"@nestjs/platform-fastify": $2,'),
  );
  edit(folder, 'src/main.ts', (text) =>
    text
      .replace(/$/m, "\nimport { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';")
      .replace('create(AppModule)', 'create<NestFastifyApplication>(AppModule, new FastifyAdapter())'),
  );
}

/** As the peers of the Nest CLI 12 have them. */
const bundler = [
  '    "@rspack/core": "^2.1.10",',
  '    "tsconfig-paths-webpack-plugin": "^4.2.0",',
  '    "webpack-node-externals": "^3.0.0",',
];

async function nestMonorepo(nest: Nest, folder: string): Promise<void> {
  await nestNew(nest, folder);
  await nestCli(nest, join(folder, APP), ['generate', 'app', 'billing']);
  if (nest === 11) return;
  // Its CLI builds by rspack then, does not bring it, and says so at the first build.
  edit(folder, 'package.json', (text) => text.replace(/^( *)"@nestjs\/cli": .*$/m, `$&\n${bundler.join('\n')}`));
}

async function nxWorkspace(folder: string): Promise<void> {
  const words = [
    '--preset=nest',
    `--appName=${APP}`,
    '--nxCloud=skip',
    '--packageManager=npm',
    '--skipGit',
    '--docker=false',
    '--interactive=false',
    '--unitTestRunner=jest',
    '--linter=none',
    '--formatter=none',
  ];
  const options = { node: process.execPath, cwd: folder, timeoutMs: WORKSPACE_TIMEOUT_MS };
  await npm(
    ['exec', '--yes', `--package=create-nx-workspace@${NX}`, '--', 'create-nx-workspace', APP, ...words],
    options,
  );
}
