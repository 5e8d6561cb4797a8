import { posix } from 'node:path';
import { type App, findApp } from './app.ts';
import { composeHeader, composeText, hasRedis } from './compose-file.ts';
import { dockerfileText, dockerignoreText, MADE, tokenNotes } from './docker-files.ts';
import { editMain } from './edit-main.ts';
import { editModule } from './edit-module.ts';
import type { Folder } from './folder.ts';
import { editManifest, isEsm, rangeOf } from './manifest.ts';
import { JOBS, MODULE, moduleText, stopGraceMs } from './nestfleet-module.ts';
import { Refusal } from './refusal.ts';
import { importsOf } from './source.ts';
import { startNotes } from './started-file.ts';
import { refuseOldModules } from './tsconfig.ts';

/** The packages that are put in. */
export const PACKAGES = ['@nestfleet/discovery', '@nestfleet/service'];
const ENTRY_POINTS = PACKAGES.map((name) => `${name}/nest`);

export interface PlanOptions {
  /** The app of a monorepo. */
  readonly app?: string | undefined;
  /** Whether Compose starts a Redis beside it. */
  readonly redis: boolean;
  /** The exact version of the libs. */
  readonly version: string;
}

/** `Change` is a file as it is and as it will be; `before` is undefined where it is new. */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
}

/** `Plan` is all that will be written, and what a person has to know about it. */
export interface Plan {
  readonly app: App;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

/**
 * Plans what makes an app ready for several replicas, from the texts of its files alone.
 * @throws Refusal where something is not understood
 */
export function planInit(folder: Folder, { app: name, redis, version }: PlanOptions): Plan {
  const app = findApp(folder, name);
  refuseByHand(app);
  if (app.tsconfig !== undefined && !isEsm(app.manifest)) refuseOldModules(folder, app.tsconfig, app.manifest);
  const main = editMain(app.mainSource, app.bootstrap);
  const compose = composeChange(folder, app, redis);
  const docker = dockerChanges(folder, app);
  const texts = [
    { path: app.manifest.path, after: manifestText(app, version) },
    { path: app.mainSource.path, after: main.text },
    ...moduleChanges(folder, app),
    ...docker.texts,
    ...compose.texts,
  ];
  const changes = texts
    .map(({ path, after }) => ({ path, before: folder.read(path), after }))
    .filter(({ before, after }) => before !== after);
  const isAdded = changes.some(({ path }) => path === app.manifest.path);
  return {
    app,
    changes,
    notes: [
      ...main.notes,
      ...portNotes(app, changes),
      ...docker.notes,
      ...compose.notes,
      ...(isAdded ? testNotes(app) : []),
    ],
  };
}

interface Texts {
  readonly texts: readonly Omit<Change, 'before'>[];
  readonly notes: readonly string[];
}

/** Both modules may be there once. */
function refuseByHand({ moduleSource }: App): void {
  const found = importsOf(moduleSource).find(({ source }) => ENTRY_POINTS.includes(source.value));
  if (found === undefined) return;
  throw new Refusal(`${moduleSource.path} imports ${found.source.value} already: what is put in by hand stays so`);
}

function manifestText(app: App, version: string): string {
  const dependencies = Object.fromEntries(PACKAGES.map((name) => [name, version]));
  return editManifest(app.manifest, { dependencies, loadsEsmInJest: app.layout !== 'nx' && isJestOfCommonJs(app) });
}

const isJestOfCommonJs = ({ manifest }: App): boolean => !isEsm(manifest) && rangeOf(manifest, 'jest') !== undefined;

function moduleChanges(folder: Folder, app: App): Omit<Change, 'before'>[] {
  const { moduleSource, bootstrap, service, hasJobs } = app;
  const path = posix.join(posix.dirname(moduleSource.path), `${MODULE.file}.ts`);
  const ending = posix.extname(bootstrap.importedFrom);
  const from = `./${MODULE.file}${ending === '.js' || ending === '.ts' ? ending : ''}`;
  return [
    { path: moduleSource.path, after: editModule(moduleSource, bootstrap.rootModule, { name: MODULE.name, from }) },
    { path, after: folder.read(path) ?? moduleText(service, hasJobs) },
  ];
}

function dockerChanges(folder: Folder, app: App): Texts {
  const path = posix.join(app.root, 'Dockerfile');
  const there = folder.read(path);
  const isForeign = there !== undefined && !there.startsWith(MADE);
  return {
    texts: [
      { path, after: there ?? dockerfileText(app, folder) },
      { path: '.dockerignore', after: folder.read('.dockerignore') ?? dockerignoreText },
    ],
    notes: isForeign
      ? [`${path} is yours and stays as it is: look that node is process 1 in it (CMD ["node", "${app.entry}"])`]
      : there === undefined
        ? [...(app.layout === 'nest' ? startNotes(app.manifest) : []), ...tokenNotes(folder)]
        : [],
  };
}

const composeNames = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

function composeChange(folder: Folder, app: App, redis: boolean): Texts {
  const foreign = composeNames.find((name) => folder.read(name)?.startsWith(MADE) === false);
  const file = foreign === undefined ? 'compose.yaml' : 'compose.nestfleet.yaml';
  const first = folder.read(file);
  const isOfAnother = first?.startsWith(composeHeader(app.service)) === false;
  const path = isOfAnother ? `compose.${app.service}.yaml` : file;
  const base = isOfAnother ? { file, redis: hasRedis(first ?? '') } : undefined;
  const there = folder.read(path);
  const notes: string[] =
    foreign === undefined || there !== undefined ? [] : [`${foreign} is yours and stays as it is: see ${path}`];
  if (redis && there !== undefined && !there.includes('REDIS_URL'))
    notes.push(`${path} is there already: no Redis is added`);
  else if (redis && there === undefined && !app.hasJobs) notes.push(jobsNote(path));
  return {
    texts: [{ path, after: there ?? composeText(app, path, { base, redis, isBesideOthers: foreign !== undefined }) }],
    notes,
  };
}

function portNotes({ bootstrap, mainSource }: App, changes: readonly Change[]): string[] {
  const made = changes.filter(({ before, after }) => before === undefined && after.startsWith(MADE));
  const paths = made.map(({ path }) => path).filter((path) => !path.endsWith('.dockerignore'));
  if (bootstrap.isPortSaid || paths.length === 0) return [];
  return [
    `${mainSource.path} does not say the port as a number: ${bootstrap.port} is written into ${paths.join(' and ')}`,
  ];
}

const jobsNote = (path: string): string =>
  `with ${JOBS} in this app, stopGraceMs of ${MODULE.file}.ts and stop_grace_period of ${path} are ${stopGraceMs(true) / 1_000} s at least`;

function testNotes(app: App): string[] {
  if (!isJestOfCommonJs(app)) return [];
  const needs = `tests that import ${app.bootstrap.rootModule} load packages of ESM: they need Jest 30.5 and Node 24.9 or newer`;
  return [app.layout === 'nx' ? `${needs}, with NODE_OPTIONS=--experimental-vm-modules` : needs];
}
