import { posix } from 'node:path';
import type { AppPlace } from './app-place.ts';
import type { Folder } from './folder.ts';
import { at, parseJson, textAt } from './json.ts';
import { importsOf, nodesOfType, parseSource, propertyOf } from './source.ts';

/** The Nest apps of an Nx workspace: projects whose main.ts imports @nestjs/core. */
export const nxApps = (folder: Folder): AppPlace[] => folder.projects.flatMap((root) => appOf(folder, root) ?? []);

function appOf(folder: Folder, root: string): AppPlace | undefined {
  const read = (file: string) => {
    const text = folder.read(posix.join(root, file));
    return text === undefined ? undefined : parseJson(posix.join(root, file), text);
  };
  const [project, manifest] = [read('project.json'), read('package.json')];
  const config = project ?? at(manifest, 'nx');
  const main = posix.join(textAt(config, 'sourceRoot') ?? posix.join(root, 'src'), 'main.ts');
  if (!isNestApp(folder, main)) return undefined;
  const name =
    textAt(project, 'name') ?? textAt(manifest, 'nx', 'name') ?? textAt(manifest, 'name') ?? posix.basename(root);
  const given = textAt(config, 'targets', 'build', 'options', 'outputPath');
  const built = (given && pathOf(given, { root, name })) ?? webpackOutput(folder, root) ?? posix.join('dist', root);
  return {
    layout: 'nx',
    name,
    root,
    main,
    build: { command: `nx build ${name}` },
    entry: posix.join(built, 'main.js'),
    built,
  };
}

/** A path from the root of the workspace on, with what Nx puts in. */
const pathOf = (given: string, { root, name }: { root: string; name: string }): string =>
  posix.normalize(
    given
      .replace(/^\{workspaceRoot\}\//, '')
      .replaceAll('{projectRoot}', root)
      .replaceAll('{projectName}', name),
  );

function isNestApp(folder: Folder, main: string): boolean {
  const text = folder.read(main);
  return text !== undefined && importsOf(parseSource(main, text)).some(({ source }) => source.value === '@nestjs/core');
}

const configs = ['webpack.config.js', 'webpack.config.cjs', 'webpack.config.mjs', 'webpack.config.ts'];

/** What the configuration of webpack says as `output: { path: join(__dirname, '…') }`. */
function webpackOutput(folder: Folder, root: string): string | undefined {
  for (const path of configs.map((file) => posix.join(root, file))) {
    const text = folder.read(path);
    if (text === undefined) continue;
    for (const object of nodesOfType(parseSource(path, text).program, 'ObjectExpression')) {
      const output = propertyOf(object, 'output');
      const to = output?.type === 'ObjectExpression' ? propertyOf(output, 'path') : undefined;
      if (to?.type !== 'CallExpression') continue;
      const [from, ...parts] = to.arguments;
      const words = parts.flatMap((part) => (part.type === 'StringLiteral' ? part.value : []));
      const isFromHere = from?.type === 'Identifier' && from.name === '__dirname';
      if (isFromHere && words.length === parts.length) return posix.join(root, ...words);
    }
  }
  return undefined;
}
