import { formatFiles, type GeneratorCallback, readJson, type Tree } from '@nx/devkit';
import { COMPOSE_FILES, isTakenOut, removeFromCompose } from './compose-files.ts';
import { generateDocuments } from './documents.ts';
import { edit } from './edit.ts';
import { removePackage } from './lock-file.ts';
import { removeRow, TABLE_FILE, takenIn } from './table.ts';

/** KEPT are the services that other code of the fleet names. */
const KEPT: readonly string[] = ['api', 'frontend-gateway', 'worker'];

/**
 * removeService is the inverse of `addService`.
 * @throws Error where there is no such service, the fleet needs it, or a file was edited so that it cannot be taken out; then
 * nothing is written
 */
export async function removeService(tree: Tree, { name }: { name: string }): Promise<GeneratorCallback> {
  const { names } = takenIn(tree.read(TABLE_FILE, 'utf8') ?? '');
  if (!names.includes(name) || !tree.exists(`apps/${name}`)) throw new Error(`there is no service ${name}`);
  if (KEPT.includes(name)) throw new Error(`${name} is named by other code of the fleet: remove it by hand`);
  const folder = `apps/${name}`;
  const packageName = readJson<{ name: string }>(tree, `${folder}/package.json`).name;
  tree.delete(folder);
  edit(tree, TABLE_FILE, (text) => removeRow(text, name));
  for (const file of COMPOSE_FILES)
    edit(tree, file, (text) => {
      const without = removeFromCompose(file, text, name);
      if (!isTakenOut(text, without, name))
        throw new Error(`${file} was edited so that ${name} cannot be taken out of it: do that by hand first`);
      return without;
    });
  edit(tree, 'package-lock.json', (text) => removePackage(text, folder, packageName));
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}
