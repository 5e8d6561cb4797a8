import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from './cells.ts';
import { checkTypes } from './check-types.ts';
import { firstRequests } from './first-requests.ts';
import { generateApp } from './generate-app.ts';
import { loadEntryPoints } from './load-entry-points.ts';
import { lowestPeers } from './lowest-peers.ts';
import { npm, strangersEnv } from './npm.ts';
import { nestCliOf } from './programs.ts';
import { README_SETTINGS, writeReadmes } from './readmes.ts';
import { run } from './run.ts';
import type { Step } from './run-steps.ts';
import { type RunningApp, startApp } from './running-app.ts';
import { packInto } from './tarballs.ts';
import { checkTermination, terminateUnderLoad } from './terminate-under-load.ts';

const INSTALL_TIMEOUT_MS = 480_000;
const BUILD_TIMEOUT_MS = 300_000;

/** Where a cell runs. */
export interface Place {
  readonly cell: Cell;
  /** For this cell alone; the app is in `app` below it. */
  readonly folder: string;
  readonly app: string;
  /** The cell's Node. */
  readonly node: string;
  readonly redisUrl: string;
  readonly namespace: string;
  /** What the step `boot` has started. */
  running?: RunningApp;
}

const sessionsAndThrottling = ['express-session@^1', '@types/express-session@^1', '@nestjs/throttler@^6'];

/** What the app asks for beside our tarballs, as its team would: packages of its own major version of Nest, zod for schemas. */
function ofTheTeam({ nest, platform, isLowest }: Cell): readonly string[] {
  const packages = ['microservices', 'terminus', ...(platform === 'fastify' ? ['platform-fastify'] : [])];
  // Of the page of all modules in one app.
  const ofExpress = platform === 'express' ? sessionsAndThrottling : [];
  if (isLowest) return [...lowestOfTeam([...packages, 'common', 'core', `platform-${platform}`]), ...ofExpress];
  return ['zod@^4', ...ofExpress, ...packages.map((name) => `@nestjs/${name}@^${nest}`)];
}

/** Of Nest's packages that are no peers of ours the version of its core: they are released together. */
function lowestOfTeam(packages: readonly string[]): readonly string[] {
  const lowest = lowestPeers();
  const names = ['zod', 'reflect-metadata', 'rxjs', ...new Set(packages.map((name) => `@nestjs/${name}`))];
  return names.map((name) => `${name}@${lowest.get(name) ?? lowest.get('@nestjs/core')}`);
}

function installedVersion(app: string, name: string): string {
  const { version } = JSON.parse(readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

export const steps: readonly Step<Place>[] = [
  {
    name: 'nest new',
    isNeeded: true,
    async run({ cell, folder, node }) {
      await generateApp(cell, { folder, node, cli: await nestCliOf(cell) });
      return 'ok';
    },
  },
  {
    name: 'npm install',
    isNeeded: true,
    async run({ cell, folder, app, node }) {
      const tarballs = await packInto(folder, node);
      await npm(['install', ...tarballs, ...ofTheTeam(cell)], { node, cwd: app, timeoutMs: INSTALL_TIMEOUT_MS });
      return installedVersion(app, '@nestjs/core');
    },
  },
  {
    name: 'nodenext',
    isNeeded: false,
    async run({ app, node }) {
      const examples = writeReadmes(app);
      await checkTypes(app, node, { resolution: 'nodenext', project: README_SETTINGS });
      return `${examples} examples`;
    },
  },
  {
    name: 'bundler',
    isNeeded: false,
    async run({ app, node }) {
      await checkTypes(app, node, { resolution: 'bundler' });
      return 'ok';
    },
  },
  {
    name: 'entry points',
    isNeeded: false,
    run: async ({ app, node, cell }) => `${await loadEntryPoints(app, node, cell)} ok`,
  },
  {
    name: 'boot',
    isNeeded: true,
    async run(place) {
      const { app, node, redisUrl, namespace } = place;
      const options = { cwd: app, env: strangersEnv(node), timeoutMs: BUILD_TIMEOUT_MS };
      await run('npm run build', ['npm', 'run', 'build'], options);
      place.running = await startApp(app, { node, env: { REDIS_URL: redisUrl, NAMESPACE: namespace } });
      return 'ok';
    },
  },
  {
    name: 'state, jobs',
    isNeeded: true,
    async run({ running }) {
      await firstRequests(running!);
      return 'ok';
    },
  },
  {
    name: 'SIGTERM under load',
    isNeeded: true,
    run: async ({ running, ...store }) => checkTermination(await terminateUnderLoad(running!, store)),
  },
];
