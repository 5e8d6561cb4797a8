import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { RenameFault, renameRepository } from './rename/rename-repository.ts';

/**
 * Gives this repository another name: `node tools/workspace/src/rename.ts --name <name> [--force] [--root folder]`.
 * Exit code 64 for a name that it cannot have, 1 when nothing can be renamed now.
 */
try {
  const { values } = parseArgs({
    options: { name: { type: 'string' }, force: { type: 'boolean' }, root: { type: 'string' } },
  });
  const root = resolve(values.root ?? `${import.meta.dirname}/../../..`);
  const said = renameRepository({ root, name: values.name ?? '', isForced: values.force === true });
  console.log(said.join('\n'));
} catch (fault) {
  const isOurs = fault instanceof RenameFault;
  console.error(`rename: ${fault instanceof Error ? fault.message : String(fault)}`);
  process.exitCode = isOurs ? fault.exitCode : 1;
}
