import { join } from 'node:path';
import { formatFiles, generateFiles, type GeneratorCallback, readJson, type Tree } from '@nx/devkit';
import { addToCompose, COMPOSE_FILES } from './compose-files.ts';
import { generateDocuments } from './documents.ts';
import { edit } from './edit.ts';
import { addPackage } from './lock-file.ts';
import { type AddServiceOptions, spellings } from './options.ts';
import { addRow, TABLE_FILE, takenIn } from './table.ts';

const templates = join(import.meta.dirname, 'files');

/**
 * addService adds a service that `make up`, every edge proxy and the gateway know: an app with its tests, a row in the table
 * of services, entries in the Compose files. The documents are generated when all is written.
 * @throws Error that names what does not fit
 */
export async function addService(tree: Tree, options: AddServiceOptions): Promise<GeneratorCallback> {
  const taken = {
    ...takenIn(tree.read(TABLE_FILE, 'utf8') ?? ''),
    variables: variablesOf(tree),
    queues: queuesOf(tree),
  };
  const words = spellings(
    options,
    taken,
    ['apps', 'libs', 'tools'].flatMap((at) => tree.children(at)),
  );
  const folder = `apps/${words.name}`;
  // Versions and scope are those of the app that has all of it.
  const like = readJson<{ version: string; name: string }>(tree, 'apps/api/package.json');
  const substitutions = { ...words, version: like.version, scope: like.name.split('/')[0], like };
  generateFiles(tree, join(templates, 'app'), folder, substitutions);
  generateFiles(tree, join(templates, words.plural === undefined ? 'plain' : 'queue'), folder, substitutions);
  edit(tree, TABLE_FILE, (text) => addRow(text, words));
  for (const file of COMPOSE_FILES) edit(tree, file, (text) => addToCompose(file, text, words));
  edit(tree, 'package-lock.json', (text) => addPackage(text, folder, readJson(tree, `${folder}/package.json`)));
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}

const variablesOf = (tree: Tree): string[] =>
  [...(tree.read('docs/environment.md', 'utf8') ?? '').matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, name = '']) =>
    name.toLowerCase().replaceAll('_', '-'),
  );

/** Queues of the services that were generated; those of the contracts are known otherwise. */
const queuesOf = (tree: Tree): string[] =>
  tree
    .children('apps')
    .flatMap((app) => tree.children(`apps/${app}/src`).flatMap((folder) => tree.children(`apps/${app}/src/${folder}`)))
    .flatMap((file) => /^(.+)\.queue\.ts$/.exec(file)?.[1] ?? []);
