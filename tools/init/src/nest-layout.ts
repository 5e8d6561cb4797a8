import { posix } from 'node:path';
import type { AppPlace } from './app-place.ts';
import type { Folder } from './folder.ts';
import { at, isObject, type Json, type JsonObject, parseJson, textAt } from './json.ts';
import type { Manifest } from './manifest.ts';
import { startedFile } from './started-file.ts';

const CONFIG = 'nest-cli.json';

/** The apps of the Nest CLI: one, or in monorepo mode those that nest-cli.json lists. */
export function nestApps(folder: Folder, root: Manifest): AppPlace[] {
  const text = folder.read(CONFIG);
  const config = text === undefined ? {} : parseJson(CONFIG, text);
  if (config['monorepo'] !== true) return [singleApp(folder, config, root)];
  const projects = config['projects'];
  return Object.entries(isObject(projects) ? projects : {})
    .filter(([, project]) => textAt(project, 'type') === 'application')
    .map(([name, project]) => appOf(folder, config, name, project));
}

function singleApp(folder: Folder, config: JsonObject, root: Manifest): AppPlace {
  const entryFile = textAt(config, 'entryFile') ?? 'main';
  const entry = startedFile(root) ?? posix.join('dist', `${entryFile}.js`);
  return {
    layout: 'nest',
    name: textAt(root.json, 'name') ?? 'app',
    root: '',
    main: posix.join(textAt(config, 'sourceRoot') ?? 'src', `${entryFile}.ts`),
    build: { script: 'build' },
    tsconfig: tsconfigOf(folder, config, ''),
    entry,
    // What is compiled may lie beside the folder of what starts it: dist/src/main.js, dist/prices.
    built: posix.dirname(entry) === '.' ? '.' : (entry.split('/')[0] ?? '.'),
  };
}

function appOf(folder: Folder, config: JsonObject, name: string, project: Json | undefined): AppPlace {
  const root = textAt(project, 'root') ?? posix.join('apps', name);
  const sourceRoot = textAt(project, 'sourceRoot') ?? posix.join(root, 'src');
  const entryFile = textAt(project, 'entryFile') ?? 'main';
  const tsconfig = tsconfigOf(folder, project, root);
  const isBundled = isBundler(at(project, 'compilerOptions')) ?? isBundler(config['compilerOptions']) ?? false;
  const built = posix.join('dist', root);
  const { outDir, compiled } = compiledTo(folder, { root, sourceRoot, tsconfig });
  return {
    layout: 'nest-monorepo',
    name,
    root,
    main: posix.join(sourceRoot, `${entryFile}.ts`),
    build: { command: `nest build ${name}` },
    tsconfig,
    entry: posix.join(isBundled ? built : compiled, `${entryFile}.js`),
    built: isBundled ? built : outDir,
  };
}

/** The file that the Nest CLI compiles by: what is named, else what it has written. */
function tsconfigOf(folder: Folder, config: Json | undefined, root: string): string {
  const file = posix.join(root, root === '' ? 'tsconfig.build.json' : 'tsconfig.app.json');
  const there = root !== '' || folder.read(file) !== undefined ? file : 'tsconfig.json';
  return textAt(config, 'compilerOptions', 'tsConfigPath') ?? there;
}

/** Whether the Nest CLI makes one file of an app; undefined where the options do not say. */
function isBundler(options: Json | undefined): boolean | undefined {
  const builder = textAt(options, 'builder') ?? textAt(options, 'builder', 'type');
  if (builder !== undefined) return builder === 'webpack' || builder === 'rspack';
  const webpack = at(options, 'webpack');
  return typeof webpack === 'boolean' ? webpack : undefined;
}

/** Where the compiler puts the files of `sourceRoot`: below `outDir` as they lie below `rootDir`. */
function compiledTo(
  folder: Folder,
  { root, sourceRoot, tsconfig: path }: { root: string; sourceRoot: string; tsconfig: string },
): { outDir: string; compiled: string } {
  const text = folder.read(path);
  const settings = text === undefined ? {} : parseJson(path, text);
  const resolved = (option: string) => {
    const given = textAt(settings, 'compilerOptions', option);
    return given === undefined ? undefined : posix.join(posix.dirname(path), given);
  };
  const outDir = resolved('outDir') ?? posix.join('dist', root);
  const below = posix.relative(`/${resolved('rootDir') ?? sourceRoot}`, `/${sourceRoot}`);
  return { outDir, compiled: posix.join(outDir, below) };
}
