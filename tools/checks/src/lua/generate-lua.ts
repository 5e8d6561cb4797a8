import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../workspace.ts';
import { staleLua } from './lua-documents.ts';

/**
 * Writes the .lua files of each lib into its `src/lua.generated.ts`: `node tools/checks/src/lua/generate-lua.ts`.
 * With `--check` it writes nothing and exits 1 where one is not up to date. A script without a header fails both.
 */
try {
  const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
  const workspace = openWorkspace(resolve(import.meta.dirname, '../../../..'));
  const stale = staleLua(workspace);
  for (const { file, text } of stale) {
    if (values.check) console.log(`${file}  is not up to date: run node tools/checks/src/lua/generate-lua.ts`);
    else {
      writeFileSync(join(workspace.root, file), text);
      console.log(`written  ${file}`);
    }
  }
  if (stale.length === 0) console.log('all scripts are up to date');
  process.exitCode = values.check && stale.length > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
