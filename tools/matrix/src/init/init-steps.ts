import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LINES_MAX } from '../../../init/src/programs.ts';
import { npm, strangersEnv } from '../npm.ts';
import { run } from '../run.ts';
import type { Step } from '../run-steps.ts';
import { packInto, packProgram } from '../tarballs.ts';
import type { Layout } from './layouts.ts';
import { checkEnd, type RegisteredApp, startRegistered, terminateUnderRequests } from './registered-app.ts';
import { startedFile } from './started-file.ts';

const INIT_TIMEOUT_MS = 60_000;
const INSTALL_TIMEOUT_MS = 480_000;
const COMMAND_TIMEOUT_MS = 300_000;
/** The name of the app, and so of its service. */
const SERVICE = 'shop';
/** What `nestfleet init` puts into an app, and what that needs of ours. */
const LIBS = ['discovery', 'service', 'errors', 'timing'];

/** Where a layout is tried. */
export interface Place {
  readonly layout: Layout;
  /** For this layout alone. */
  readonly folder: string;
  /** The repository below it. */
  readonly app: string;
  readonly consul: string;
  /** What the step `registered` has started. */
  running?: RegisteredApp;
}

/** Runs a command of a person in the repository; what it printed. */
const command = (place: Place, words: string, timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> =>
  run(words, words.split(' '), { cwd: place.app, env: strangersEnv(process.execPath), timeoutMs });

const git = (place: Place, ...words: string[]): Promise<string> => {
  const identity = ['user.name=nestfleet', 'user.email=nestfleet@localhost', 'commit.gpgsign=false'];
  const settings = identity.flatMap((setting) => ['-c', setting]);
  const options = { cwd: place.app, env: strangersEnv(process.execPath), timeoutMs: COMMAND_TIMEOUT_MS };
  return run(`git ${words[0]}`, ['git', ...settings, ...words], options);
};

/** Runs the packed program, installed as npx does it, in a folder of its own. */
async function init(place: Place): Promise<string> {
  const cwd = join(place.folder, 'program');
  const program = join(cwd, 'node_modules/.bin/nestfleet');
  if (!existsSync(program)) {
    mkdirSync(cwd);
    const options = { node: process.execPath, cwd, timeoutMs: INSTALL_TIMEOUT_MS };
    await npm(['install', '--prefix', cwd, await packProgram(place.folder, process.execPath)], options);
  }
  const words = [program, 'init', '--yes', ...place.layout.words];
  const options = { cwd: place.app, env: strangersEnv(process.execPath), timeoutMs: INIT_TIMEOUT_MS };
  return run('nestfleet init', words, options);
}

/** Lines that were taken away and put in, of files that were there. */
async function changedLines(place: Place): Promise<number> {
  const printed = await git(place, 'diff', '--numstat');
  const counts = printed.split('\n').flatMap((line) => line.split('\t').slice(0, 2).map(Number));
  return counts.filter(Number.isFinite).reduce((sum, count) => sum + count, 0);
}

export const initSteps: readonly Step<Place>[] = [
  {
    name: 'generated',
    isNeeded: true,
    async run(place) {
      await place.layout.generate(place.folder);
      await git(place, 'init', '--quiet');
      await git(place, 'add', '--all');
      await git(place, 'commit', '--quiet', '--message', 'as generated');
      return 'ok';
    },
  },
  {
    name: 'lines changed',
    isNeeded: true,
    async run(place) {
      const printed = await init(place);
      const lines = await changedLines(place);
      if (lines === 0 || lines > LINES_MAX) throw new Error(`${lines} lines are changed:\n${printed}`);
      return String(lines);
    },
  },
  {
    name: 'second run',
    isNeeded: false,
    async run(place) {
      const before = await git(place, 'stash', 'create');
      const printed = await init(place);
      const after = await git(place, 'diff', before.trim());
      if (after !== '' || !printed.includes('nothing to change'))
        throw new Error(`it changed something:\n${printed}${after}`);
      return 'no change';
    },
  },
  {
    name: 'npm install',
    isNeeded: true,
    async run(place) {
      const tarballs = await packInto(place.folder, process.execPath, LIBS);
      const options = { node: process.execPath, cwd: place.app, timeoutMs: INSTALL_TIMEOUT_MS };
      await npm(['install', ...tarballs], options);
      return 'ok';
    },
  },
  {
    name: 'its tests',
    isNeeded: false,
    async run(place) {
      for (const words of place.layout.tests) await command(place, words);
      return place.layout.tests.join(', ');
    },
  },
  {
    name: 'registered',
    isNeeded: true,
    async run(place) {
      const { layout, consul } = place;
      await command(place, layout.build);
      const file = startedFile(join(place.app, layout.dockerfile));
      place.running = await startRegistered(place.app, { file, service: SERVICE, consul });
      return 'passing';
    },
  },
  {
    name: 'SIGTERM under requests',
    isNeeded: true,
    async run({ running, layout, consul }) {
      return checkEnd(await terminateUnderRequests(running!, { path: layout.path, service: SERVICE, consul }));
    },
  },
];

export const appOf = (folder: string): string => join(folder, SERVICE);
