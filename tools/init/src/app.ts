import { posix } from 'node:path';
import type { AppPlace } from './app-place.ts';
import { type Bootstrap, readBootstrap } from './bootstrap.ts';
import type { Folder } from './folder.ts';
import { textAt, parseJson } from './json.ts';
import { type Manifest, rangeOf, readManifest } from './manifest.ts';
import { JOBS } from './nestfleet-module.ts';
import { nestApps } from './nest-layout.ts';
import { nxApps } from './nx-layout.ts';
import { type PackageManager, packageManagerOf, refuseWorkspaces } from './package-manager.ts';
import { Refusal } from './refusal.ts';
import { parseSource, type Source } from './source.ts';

/** The major versions of Nest that the libs run with. */
const SUPPORTED = [11, 12];

/** `App` is what was found out about the app that is to be changed. */
export interface App extends AppPlace {
  /** Its name in the catalog, in Compose and in messages: lower case, digits and hyphens. */
  readonly service: string;
  /** The package.json that has its packages. */
  readonly manifest: Manifest;
  readonly nest: number;
  /** Whether it has the package that runs jobs, which need a longer stop grace. */
  readonly hasJobs: boolean;
  readonly packageManager: PackageManager;
  readonly mainSource: Source;
  readonly bootstrap: Bootstrap;
  /** The file of its root module. */
  readonly moduleSource: Source;
}

/**
 * Finds the app of a folder; of several the one that is named.
 * @throws Refusal where there is none, or what is there is not understood
 */
export function findApp(folder: Folder, name: string | undefined): App {
  const root = manifestAt(folder, '');
  if (root === undefined) throw new Refusal('there is no package.json here: run this in the root of the repository');
  const place = choose(folder.read('nx.json') === undefined ? nestApps(folder, root) : nxApps(folder), name);
  const manifest = [manifestAt(folder, place.root), root].find(
    (each) => each !== undefined && rangeOf(each, '@nestjs/core') !== undefined,
  );
  if (manifest === undefined) throw new Refusal('no package.json here has @nestjs/core: this is no Nest app');
  if (place.layout !== 'nx') refuseWorkspaces(folder, root);
  const mainSource = sourceAt(folder, place.main);
  const bootstrap = readBootstrap(mainSource);
  return {
    ...place,
    service: serviceName(place.name),
    manifest,
    nest: nestMajor(folder, manifest),
    hasJobs: rangeOf(manifest, JOBS) !== undefined,
    packageManager: packageManagerOf(folder, root),
    mainSource,
    bootstrap,
    moduleSource: sourceAt(folder, moduleFile(place.main, bootstrap.importedFrom)),
  };
}

function choose(places: readonly AppPlace[], name: string | undefined): AppPlace {
  const names = places.map((place) => place.name);
  if (name !== undefined) {
    const place = places.find((each) => each.name === name);
    if (place === undefined) throw new Refusal(`there is no app ${name} here; there are ${names.join(', ') || 'none'}`);
    return place;
  }
  const [only, second] = places;
  if (only === undefined) throw new Refusal('there is no Nest app here');
  if (second !== undefined) throw new Refusal(`there are several apps here, name one: --app ${names.join(', --app ')}`);
  return only;
}

function manifestAt(folder: Folder, root: string): Manifest | undefined {
  const path = posix.join(root, 'package.json');
  const text = folder.read(path);
  return text === undefined ? undefined : readManifest(path, text);
}

function sourceAt(folder: Folder, path: string): Source {
  const text = folder.read(path);
  if (text === undefined) throw new Refusal(`there is no ${path}: an app in TypeScript is started there`);
  return parseSource(path, text);
}

/** Imports name the file as it is, as it is compiled, or without its ending. */
function moduleFile(main: string, specifier: string): string {
  const path = posix.join(posix.dirname(main), specifier);
  const ending = posix.extname(path);
  return `${ending === '.js' || ending === '.ts' ? path.slice(0, -ending.length) : path}.ts`;
}

/** What is installed, else what package.json asks for. */
function nestMajor(folder: Folder, manifest: Manifest): number {
  const installed = 'node_modules/@nestjs/core/package.json';
  const text = folder.read(installed);
  const version = text === undefined ? undefined : textAt(parseJson(installed, text), 'version');
  const words = version ?? rangeOf(manifest, '@nestjs/core') ?? '';
  const major = Number.parseInt(/\d+/.exec(words)?.[0] ?? '', 10);
  if (SUPPORTED.includes(major)) return major;
  throw new Refusal(`this app has Nest ${words}, and the libs need Nest ${SUPPORTED.join(' or ')}`);
}

function serviceName(name: string): string {
  const plain = name.split('/').at(-1) ?? '';
  const words = plain
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return words.join('-') || 'app';
}
